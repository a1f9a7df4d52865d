import { expect, test } from "vitest";
import { parseDemoPorts } from "./demo-ports.ts";

test("the ports are those of the documentation unless told otherwise", () => {
  expect(parseDemoPorts({})).toEqual({ ok: true, ports: { sandbox: 4077, BFF: 8787, site: 5173 } });
  expect(parseDemoPorts({ SANDBOX_PORT: "", SITE_PORT: "8080" })).toEqual({
    ok: true,
    ports: { sandbox: 4077, BFF: 8787, site: 8080 },
  });
});

test("each wrong port is named with its variable", () => {
  const verdict = parseDemoPorts({ SANDBOX_PORT: "70000", BFF_PORT: "http" });
  expect(verdict).toEqual({
    ok: false,
    problems: [
      'SANDBOX_PORT must be a port from 1 to 65535, not "70000".',
      'BFF_PORT must be a port from 1 to 65535, not "http".',
    ],
  });
});

test("two parts cannot share a port", () => {
  const verdict = parseDemoPorts({ SITE_PORT: "4077" });
  expect(verdict).toMatchObject({
    ok: false,
    problems: [expect.stringContaining("SITE_PORT and SANDBOX_PORT")],
  });
});
