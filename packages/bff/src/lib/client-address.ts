import { isIPv4 } from "node:net";
import ipaddr from "ipaddr.js";
import proxyAddr from "proxy-addr";

/** A value for Express's `trust proxy`: a number of hops, or addresses and networks. */
export type TrustProxy = number | readonly string[];

/** Parses a number of hops (`1`) or a list of addresses and networks (`10.0.0.0/8, ::1`). Undefined: not valid. */
export function parseTrustProxy(text: string): TrustProxy | undefined {
  if (/^\d{1,2}$/.test(text)) return Number(text);
  const list = text.split(",").map((entry) => entry.trim());
  try {
    proxyAddr.compile(list);
    return list;
  } catch {
    return undefined;
  }
}

/** The key for limits: an IPv4 address, or the /56 of an IPv6 address, the usual assignment to one household. */
export function addressBlock(reported = ""): string {
  if (isIPv4(reported)) return reported;
  const address = withoutPort(reported);
  if (!ipaddr.isValid(address)) return address;
  // Also converts IPv4 addresses that a dual-stack listener has mapped to IPv6.
  const parsed = ipaddr.process(address);
  if (parsed.kind() === "ipv4") return parsed.toString();
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toNormalizedString()}/56`)}/56`;
}

/** Some proxies also report the port: `203.0.113.9:4711`, `[2001:db8::1]:443`. */
function withoutPort(text: string): string {
  return text.replace(/^\[(.+)\](?::\d+)?$/, "$1").replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, "$1");
}
