import { chat } from "@/lib/chat";

const handle = (request: Request): Promise<Response> => chat().fetch(request);

export { handle as GET, handle as POST };
