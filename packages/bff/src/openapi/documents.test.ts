import { readFileSync } from "node:fs";
import { PROBLEMS, ROUTES } from "@mailoo-chat/protocol";
import { describe, expect, it } from "vitest";
import { packageVersion } from "../lib/package-version.ts";
import { createOpenApiDocument } from "./openapi-document.ts";

const checkedIn = (file: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../../docs/${file}`, import.meta.url), "utf8"));

describe("documents for machines", () => {
  it("are checked in as the schemas make them", () => {
    expect(checkedIn("openapi.json")).toEqual(plain(createOpenApiDocument(packageVersion())));
  });

  it("describe every route that pages and load balancers ask, and point nowhere that does not exist", () => {
    const document = plain(createOpenApiDocument("1.0.0"));
    const { config, submit, messages, status, health, ready } = ROUTES;
    expect(Object.keys(document.paths)).toEqual([config, submit, messages, status, health, ready]);
    const refs = JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g);
    for (const [, name] of refs) expect(Object.keys(document.components.schemas)).toContain(name);
  });

  it("name every error code that a submit can meet", () => {
    const { responses } = plain(createOpenApiDocument("1.0.0")).paths[ROUTES.submit].post;
    const named = JSON.stringify(responses);
    for (const code of Object.keys(PROBLEMS)) {
      const elsewhere = ["not_found", "method_not_allowed"].includes(code);
      expect(named.includes(`\`${code}\``), code).toBe(!elsewhere);
    }
  });

  it("name every frame of the socket", () => {
    const { schemas } = plain(createOpenApiDocument("1.0.0")).components;
    const types = [...schemas.ClientFrame.oneOf, ...schemas.ServerFrame.oneOf].map(
      (frame: { properties: { type: { const: string } } }) => frame.properties.type.const,
    );
    expect(types.toSorted()).toEqual(
      ["hello", "message", "page", "ping", "pong", "ready", "reconnect", "session", "status"].toSorted(),
    );
  });
});

/** As it goes over the wire. */
function plain(document: unknown) {
  return JSON.parse(JSON.stringify(document));
}
