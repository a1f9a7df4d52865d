/** The three parts of the demo, with the port each has unless its variable says otherwise. */
export const DEMO_PARTS = [
  { name: "sandbox", variable: "SANDBOX_PORT", defaultPort: 4077 },
  { name: "BFF", variable: "BFF_PORT", defaultPort: 8787 },
  { name: "site", variable: "SITE_PORT", defaultPort: 5173 },
] as const;

export type DemoPart = (typeof DEMO_PARTS)[number];

export type DemoPorts = Readonly<Record<DemoPart["name"], number>>;

export type DemoPortsVerdict =
  | { readonly ok: true; readonly ports: DemoPorts }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Reads the three ports from the environment; two parts cannot share one. */
export function parseDemoPorts(environment: Readonly<Record<string, string | undefined>>): DemoPortsVerdict {
  const problems: string[] = [];
  const ports = { sandbox: 0, BFF: 0, site: 0 };
  for (const part of DEMO_PARTS) {
    const text = environment[part.variable] || String(part.defaultPort);
    const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
    if (port < 1 || port > 65_535)
      problems.push(`${part.variable} must be a port from 1 to 65535, not "${text}".`);
    const other = DEMO_PARTS.find((one) => one !== part && ports[one.name] === port);
    if (port > 0 && other)
      problems.push(`${part.variable} and ${other.variable} are both ${port}: give each its own.`);
    ports[part.name] = port;
  }
  return problems.length === 0 ? { ok: true, ports } : { ok: false, problems };
}
