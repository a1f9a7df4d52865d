import type { z } from "zod";

/** What is wrong with an input, in one line that names the fields and never repeats their values. */
export function describeIssues(error: z.ZodError): string {
  return error.issues.map(describeIssue).join("; ");
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const where = issue.path.map(String).join(".");
  if (issue.code === "unrecognized_keys") {
    const keys = issue.keys.map((key) => (where === "" ? key : `${where}.${key}`));
    return `unknown: ${keys.join(", ")}`;
  }
  if (issue.code === "invalid_union" && issue.message === "Invalid input") {
    const branches = issue.errors.map((branch) => branch.map(describeIssue).join(", "));
    return `${where}: ${[...new Set(branches)].join(" or ")}`;
  }
  return where === "" ? issue.message : `${where}: ${issue.message}`;
}
