/** One instruction of a Dockerfile, its continuation lines joined. */
export interface Instruction {
  /** Upper case: `RUN`, `COPY`. */
  readonly name: string;
  readonly rest: string;
}

/** Splits a Dockerfile into its stages, each starting with its `FROM`. */
export function parseDockerfile(text: string): readonly (readonly Instruction[])[] {
  const stages: Instruction[][] = [];
  const lines = text
    .split("\n")
    .filter((line) => !line.startsWith("#"))
    .join("\n")
    .replace(/\\\n\s*/g, "")
    .split("\n")
    .filter((line) => line.trim() !== "");
  for (const line of lines) {
    const [, name = "", rest = ""] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
    if (name === "") throw new Error(`no instruction of a Dockerfile: ${line}`);
    if (name === "FROM") stages.push([]);
    stages.at(-1)?.push({ name, rest });
  }
  return stages;
}

/** The context paths of a `COPY`; empty if it copies from another stage. */
export function toCopiedPaths({ name, rest }: Instruction): readonly string[] {
  if (name !== "COPY" || rest.includes("--from=")) return [];
  return rest
    .split(/\s+/)
    .filter((word) => !word.startsWith("--"))
    .slice(0, -1);
}
