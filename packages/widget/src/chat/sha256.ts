/**
 * SHA-256 of a text of ASCII, as hex (FIPS 180-4). Written out, since the browser's own is missing on plain http sites and
 * costs a promise for each of the thousands of short texts that a challenge takes.
 */
export function sha256(text: string): string {
  const { length } = text;
  const words = new Uint32Array(((length + 72) >> 6) << 4);
  for (let at = 0; at < length; at += 1)
    words[at >> 2] = at32(words, at >> 2) | (text.charCodeAt(at) << (24 - (at & 3) * 8));
  words[length >> 2] = at32(words, length >> 2) | (0x80 << (24 - (length & 3) * 8));
  words[words.length - 1] = length * 8;

  const hash = Uint32Array.from(START);
  const schedule = new Uint32Array(64);
  for (let block = 0; block < words.length; block += 16) {
    schedule.set(words.subarray(block, block + 16));
    mixBlock(hash, schedule);
  }
  return Array.from(hash, (word) => word.toString(16).padStart(8, "0")).join("");
}

function mixBlock(hash: Uint32Array, schedule: Uint32Array): void {
  for (let i = 16; i < 64; i += 1) {
    const w15 = at32(schedule, i - 15);
    const w2 = at32(schedule, i - 2);
    const s0 = rotate(w15, 7) ^ rotate(w15, 18) ^ (w15 >>> 3);
    const s1 = rotate(w2, 17) ^ rotate(w2, 19) ^ (w2 >>> 10);
    schedule[i] = at32(schedule, i - 16) + s0 + at32(schedule, i - 7) + s1;
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = hash;
  for (let i = 0; i < 64; i += 1) {
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + at32(ROUNDS, i) + at32(schedule, i)) | 0;
    const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  [a, b, c, d, e, f, g, h].forEach((word, i) => {
    hash[i] = at32(hash, i) + word;
  });
}

/** Never out of range here; the compiler cannot know. */
function at32(words: Uint32Array, index: number): number {
  return words[index] as number;
}

function rotate(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by));
}

/** The first 32 bits of the fractional parts of the roots of the first primes: cube roots for the rounds, square roots to start. */
const [ROUNDS, START] = toConstants();

function toConstants(): readonly [rounds: Uint32Array, start: Uint32Array] {
  const primes: number[] = [];
  for (let candidate = 2; primes.length < 64; candidate += 1) {
    if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate);
  }
  const fraction = (root: number) => (root - Math.floor(root)) * 2 ** 32;
  return [
    Uint32Array.from(primes, (prime) => fraction(Math.cbrt(prime))),
    Uint32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime))),
  ];
}
