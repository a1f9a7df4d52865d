/** How the command ends. 78 is `EX_CONFIG` of sysexits. */
export const EXIT = { ok: 0, findings: 1, usage: 2, config: 78 } as const;
