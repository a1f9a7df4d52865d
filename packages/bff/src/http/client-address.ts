import { BlockList, isIP, isIPv6, SocketAddress } from "node:net";

/**
 * Who may say by `X-Forwarded-For` where a request came from: nobody, the nearest so many hops, or the proxies of
 * a list. A header from anyone else is worth nothing: whoever sends it chooses it.
 */
export type TrustedProxies =
  | { readonly kind: "hops"; readonly count: number }
  | { readonly kind: "list"; readonly list: BlockList };

export const NO_PROXIES: TrustedProxies = { kind: "hops", count: 0 };

/** Reads a number of hops (`1`) or a list of addresses and networks (`10.0.0.0/8, ::1`). Undefined where it is neither. */
export function parseTrustedProxies(text: string): TrustedProxies | undefined {
  if (/^\d{1,2}$/.test(text)) return { kind: "hops", count: Number(text) };
  const list = new BlockList();
  for (const entry of text.split(",").map((part) => part.trim())) {
    const [address = "", prefix, ...rest] = entry.split("/");
    const family = isIPv6(address) ? "ipv6" : "ipv4";
    const bits = prefix === undefined ? undefined : Number(prefix);
    if (!isIP(address) || rest.length > 0) return undefined;
    if (bits === undefined) list.addAddress(address, family);
    else if (prefix !== "" && Number.isInteger(bits) && bits >= 0 && bits <= (family === "ipv6" ? 128 : 32)) {
      list.addSubnet(address, bits, family);
    } else return undefined;
  }
  return { kind: "list", list };
}

/** The address of the visitor: the first, counted from us, that no trusted proxy vouches for. */
export function clientAddress(
  trusted: TrustedProxies,
  peer: string | undefined,
  forwardedFor: string | undefined,
): string {
  const peerAddress = unmap(peer ?? "");
  if (forwardedFor === undefined) return peerAddress;
  const claimed = forwardedFor.split(",");
  let address = peerAddress;
  for (let hop = 0; isTrusted(trusted, address, hop); hop++) {
    // Parsed one at a time: the rest may be thousands of entries that a client made up.
    const next = unmap(withoutPort(claimed.pop()?.trim() ?? ""));
    if (!isIP(next)) break;
    address = next;
  }
  return address;
}

/** Whether everybody counts by the address that their connection comes from. */
export function trustsNobody(trusted: TrustedProxies): boolean {
  return trusted.kind === "hops" && trusted.count === 0;
}

/** What limits count by: an IPv4 address, or the /56 of an IPv6 address, as one household gets it. */
export function addressBlock(address: string): string {
  if (!address.includes(":") || !isIPv6(address)) return address;
  const hextets = expand(address);
  const fourth = Number.parseInt(hextets[3] ?? "0", 16) & 0xff00;
  return `${hextets.slice(0, 3).join(":")}:${fourth.toString(16)}::/56`;
}

function isTrusted(trusted: TrustedProxies, address: string, hop: number): boolean {
  if (trusted.kind === "hops") return hop < trusted.count;
  return isIP(address) !== 0 && trusted.list.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}

/** `::ffff:192.0.2.1`, as a dual-stack listener shows it, is 192.0.2.1, and so it is in any other spelling. */
function unmap(address: string): string {
  if (!MAYBE_MAPPED.test(address) || !isIPv6(address)) return address;
  const canonical = new SocketAddress({ address, family: "ipv6" }).address;
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(canonical)?.[1] ?? address;
}

/** Nothing but zeros before it. */
const MAYBE_MAPPED = /^[0:]+:ffff:/i;

function withoutPort(text: string): string {
  return /^\[(.+)\](?::\d+)?$/.exec(text)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(text)?.[1] ?? text;
}

/** The eight groups of an address, without leading zeros. */
function expand(address: string): string[] {
  const canonical = new SocketAddress({ address: address.replace(/%.*$/, ""), family: "ipv6" }).address;
  const [head = "", tail] = canonical.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  if (tail === undefined) return before;
  return [...before, ...Array<string>(8 - before.length - after.length).fill("0"), ...after];
}
