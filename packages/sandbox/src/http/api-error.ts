/** An error answer. Thrown by routes, written by `endpoint`. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  /** Stable; the message is for people. */
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

export function notFound(what: string): ApiError {
  return new ApiError(404, `${what}_not_found`, `No such ${what}`);
}

export function errorBody({ status, code, message }: Pick<ApiError, "status" | "code" | "message">) {
  return { success: false, statusCode: status, error: code, message };
}
