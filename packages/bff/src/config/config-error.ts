/** The configuration is not valid. Each of `problems` is a line that begins with the variable's name. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`the configuration is not valid:\n${problems.join("\n")}`);
    this.problems = problems;
  }
}
