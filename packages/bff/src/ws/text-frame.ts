/**
 * A text as the whole WebSocket frame that a server sends (RFC 6455, section 5.2): final, unmasked, in one piece. Nothing
 * in it is a reader's own, so that the same bytes go to all of them, each in one write.
 */
export function toTextFrame(text: string): Buffer {
  const bytes = Buffer.byteLength(text);
  const headerBytes = bytes <= LENGTH_IN_HEADER ? 2 : bytes <= LENGTH_IN_16_BITS ? 4 : 10;
  const frame = Buffer.allocUnsafe(headerBytes + bytes);
  frame[0] = FINAL_TEXT;
  if (headerBytes === 2) {
    frame[1] = bytes;
  } else if (headerBytes === 4) {
    frame[1] = LENGTH_FOLLOWS_IN_16_BITS;
    frame.writeUInt16BE(bytes, 2);
  } else {
    frame[1] = LENGTH_FOLLOWS_IN_64_BITS;
    frame.writeUInt32BE(0, 2);
    frame.writeUInt32BE(bytes, 6);
  }
  frame.write(text, headerBytes);
  return frame;
}

const FINAL_TEXT = 0x81;
const LENGTH_IN_HEADER = 125;
const LENGTH_IN_16_BITS = 0xffff;
const LENGTH_FOLLOWS_IN_16_BITS = 126;
const LENGTH_FOLLOWS_IN_64_BITS = 127;
