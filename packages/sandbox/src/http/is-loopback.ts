import { isIPv4 } from "node:net";

/** Whether a host name or address can be reached from this machine alone. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, "").toLowerCase();
  if (name === "localhost" || name === "::1") return true;
  const address = name.replace(/^::ffff:/, "");
  return isIPv4(address) && address.startsWith("127.");
}
