/** One way to get a program onto this machine. */
export interface InstallAttempt {
  /** Shown to the user, so that nothing is installed behind their back. */
  readonly description: string;
  /** Resolves to false where it did not work; never rejects. */
  run(): Promise<boolean>;
}

/**
 * Finds a program, or tries to install it, one way after the other, until it is found.
 *
 * @returns its path, or null where no attempt helped
 */
export async function ensureProgram(
  name: string,
  find: () => string | null,
  attempts: readonly InstallAttempt[],
  print: (line: string) => void,
): Promise<string | null> {
  const present = find();
  if (present !== null) return present;
  for (const attempt of attempts) {
    print(`${name}: not found, trying ${attempt.description}`);
    const worked = await attempt.run();
    const found = find();
    if (found !== null) return found;
    print(`${name}: ${attempt.description} ${worked ? "left nothing that can be run" : "failed"}`);
  }
  return null;
}
