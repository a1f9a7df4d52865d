import { describe, expect, it } from "vitest";
import { parseCommand } from "./config.ts";

describe("parseCommand", () => {
  it("starts on 127.0.0.1:4077, in memory and without switches, when nothing is said", () => {
    expect(parseCommand([], {})).toEqual({
      name: "start",
      options: { port: 4077, host: "127.0.0.1", data: null, faults: false, owner: {} },
    });
  });

  it("prefers flags to variables", () => {
    const env = { SANDBOX_PORT: "1", SANDBOX_HOST: "::1", SANDBOX_DATA: "a.sqlite", SANDBOX_FAULTS: "1" };
    expect(parseCommand([], env)).toMatchObject({
      options: { port: 1, host: "::1", data: "a.sqlite", faults: true },
    });
    expect(parseCommand(["--port", "2", "--host", "0.0.0.0", "--data=b.sqlite"], env)).toMatchObject({
      options: { port: 2, host: "0.0.0.0", data: "b.sqlite", faults: true },
    });
  });

  it("reads an empty variable as unset, but an empty list of origins as no restriction", () => {
    const command = parseCommand([], { SANDBOX_PORT: "", SANDBOX_DATA: "", SANDBOX_ALLOWED_ORIGINS: "" });
    expect(command).toMatchObject({ options: { port: 4077, data: null, allowedOrigins: [] } });
  });

  it("reads lists and owner settings", () => {
    const secret = "x".repeat(32);
    const command = parseCommand([], {
      SANDBOX_ALLOWED_ORIGINS: " https://a.example , ,https://b.example",
      SANDBOX_OWNER_SECRET: secret,
      SANDBOX_OWNER_JWKS_URL: "https://id.example/certs",
      SANDBOX_OWNER_AUDIENCE: "account",
      SANDBOX_OWNER_ISSUER: "https://id.example",
    });
    expect(command).toMatchObject({
      options: {
        allowedOrigins: ["https://a.example", "https://b.example"],
        owner: {
          secret,
          jwksUrl: "https://id.example/certs",
          audience: "account",
          issuer: "https://id.example",
        },
      },
    });
  });

  it.each([
    [["--port", "65536"], {}, "port"],
    [["--port", "x"], {}, "port"],
    [[], { SANDBOX_PORT: "-1" }, "port"],
    [["--unknown"], {}, "--unknown"],
    [["stray"], {}, "stray"],
    [[], { SANDBOX_OWNER_SECRET: "short" }, "SANDBOX_OWNER_SECRET"],
    [[], { SANDBOX_OWNER_JWKS_URL: "id.example" }, "SANDBOX_OWNER_JWKS_URL"],
  ])("refuses %j with %j and names it", (args, env, named) => {
    expect(parseCommand(args, env)).toEqual({ name: "misuse", message: expect.stringContaining(named) });
  });

  it("accepts a chat server's address, and refuses anything else", () => {
    expect(parseCommand(["--bff", "http://localhost:8787/"], {})).toMatchObject({
      options: { bffUrl: "http://localhost:8787" },
    });
    expect(parseCommand([], { SANDBOX_BFF: "localhost:8787" })).toMatchObject({ name: "misuse" });
  });
});
