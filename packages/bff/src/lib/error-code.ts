/** The system's code of an error, such as `ECONNREFUSED`, or else its name. Never its message, which may quote a secret. */
export function toErrorCode(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}
