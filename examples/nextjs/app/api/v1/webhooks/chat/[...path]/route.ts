import { chat } from "../../../../../../lib/chat.ts";

export const dynamic = "force-dynamic";

const handle = (request: Request): Promise<Response> => chat().fetch(request);

export { handle as GET, handle as POST };
