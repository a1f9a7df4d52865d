export const OWNER_PATH = "/api/v1/chat/ws";
export const VISITOR_PATH = "/api/v1/chat/visitor-ws";
