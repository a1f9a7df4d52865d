import type { RequestHandler } from "express";
import { ApiError, errorBody } from "./api-error.ts";

/** The last handler of a path: whatever is left is a method that the path does not know. */
export function methodNotAllowed(...methods: readonly string[]): RequestHandler {
  const allowed = methods.join(", ");
  return (request, response) => {
    const error = new ApiError(405, "method_not_allowed", `${request.method} is not allowed here`);
    response.status(405).set("Allow", allowed).json(errorBody(error));
  };
}
