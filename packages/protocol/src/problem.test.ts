import { describe, expect, it } from "vitest";
import { isProblemCode, PROBLEMS } from "./problem.ts";

describe("problem table", () => {
  it("gives every code the status that the protocol page promises", () => {
    const byStatus: Record<number, string[]> = {};
    for (const [code, { status }] of Object.entries(PROBLEMS))
      byStatus[status] = [...(byStatus[status] ?? []), code];
    expect(byStatus).toEqual({
      400: ["invalid_request"],
      401: ["session_token_required", "session_token_invalid", "identity_invalid"],
      403: ["origin_not_allowed", "challenge_required", "challenge_invalid"],
      404: ["not_found", "session_not_found"],
      405: ["method_not_allowed"],
      409: ["client_message_id_reused", "session_closed"],
      413: ["payload_too_large"],
      415: ["unsupported_media_type"],
      429: ["rate_limited"],
      500: ["internal"],
      502: ["upstream_rejected"],
      503: ["upstream_unavailable", "overloaded", "draining"],
      504: ["upstream_timeout"],
    });
  });

  it("does not take what every object inherits for a code", () => {
    expect(isProblemCode("rate_limited")).toBe(true);
    for (const value of ["toString", "__proto__", "", null, 429]) expect(isProblemCode(value)).toBe(false);
  });
});
