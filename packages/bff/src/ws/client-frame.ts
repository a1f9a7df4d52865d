import type { ClientFrame } from "@mailoo-chat/protocol";
import { clientFrameSchema } from "@mailoo-chat/protocol/schemas";

/** `ignored`: well formed, of a type that we do not know. `tokenless`: a hello without a token. */
export type ClientFrameVerdict = ClientFrame | { readonly type: "ignored" | "malformed" | "tokenless" };

export function parseClientFrame(text: string): ClientFrameVerdict {
  const frame = parseJson(text);
  if (typeof frame !== "object" || frame === null || !("type" in frame)) return { type: "malformed" };
  if (typeof frame.type !== "string") return { type: "malformed" };
  if (!KNOWN_TYPES.has(frame.type)) return { type: "ignored" };
  const parsed = clientFrameSchema.safeParse(frame);
  if (parsed.success) return parsed.data;
  return { type: parsed.error.issues.some(({ path }) => path[0] === "token") ? "tokenless" : "malformed" };
}

const KNOWN_TYPES = new Set<string>(clientFrameSchema.options.flatMap(({ shape }) => [...shape.type.values]));

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
