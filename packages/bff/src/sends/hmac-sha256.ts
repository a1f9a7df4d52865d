import { hash } from "node:crypto";

/**
 * HMAC-SHA-256 (RFC 2104) in base64url: what `createHmac("sha256", key).update(text).digest("base64url")` says, put together
 * of two hashes. `createHmac` makes an object of OpenSSL's each time, which has to be collected and freed again: with one for
 * each submit, a twentieth of what a submit costs.
 */
export function hmacSha256(key: string, text: string): string {
  const keyBytes = Buffer.from(key);
  const block = keyBytes.length > BLOCK_BYTES ? hash("sha256", keyBytes, "buffer") : keyBytes;
  const inner = padded(block, INNER_PAD, Buffer.byteLength(text));
  inner.write(text, BLOCK_BYTES);
  const outer = padded(block, OUTER_PAD, DIGEST_BYTES);
  outer.write(hash("sha256", inner, "latin1"), BLOCK_BYTES, "latin1");
  return hash("sha256", outer, "base64url");
}

const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;

/** A block of key and pad, with room behind it. */
function padded(key: Buffer, pad: number, roomBytes: number): Buffer {
  const bytes = Buffer.allocUnsafe(BLOCK_BYTES + roomBytes).fill(pad, 0, BLOCK_BYTES);
  for (const [at, byte] of key.entries()) bytes[at] = byte ^ pad;
  return bytes;
}
