import type { ClientFrame } from "@mailoo-chat/protocol";
import { CURSOR_MAX_BYTES } from "@mailoo-chat/protocol";

/** `ignored`: well formed, of a type that we do not know. `tokenless`: a hello without a token. */
export type ClientFrameVerdict = ClientFrame | { readonly type: "ignored" | "malformed" | "tokenless" };

const PONG = { type: "pong" } as const;
const IGNORED = { type: "ignored" } as const;
const MALFORMED = { type: "malformed" } as const;
const TOKENLESS = { type: "tokenless" } as const;

const TOKEN_MAX_LENGTH = 2048;

/** Written by hand: it runs for every frame of every socket, and the frames are two. */
export function parseClientFrame(text: string): ClientFrameVerdict {
  const frame = parseObject(text);
  if (!frame || typeof frame.type !== "string") return MALFORMED;
  if (frame.type === "pong") return PONG;
  if (frame.type !== "hello") return IGNORED;
  const { token, since, pages } = frame;
  if (typeof token !== "string" || token === "" || token.length > TOKEN_MAX_LENGTH) return TOKENLESS;
  const hello =
    pages === true ? ({ type: "hello", token, pages } as const) : ({ type: "hello", token } as const);
  if (since === undefined || since === null) return hello;
  if (typeof since !== "string" || since === "" || since.length > CURSOR_MAX_BYTES) return MALFORMED;
  return { ...hello, since };
}

function parseObject(text: string): { readonly [key: string]: unknown } | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as { readonly [key: string]: unknown })
      : null;
  } catch {
    return null;
  }
}
