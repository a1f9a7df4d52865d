import { PROBLEMS, ROUTES } from "@mailoo-chat/protocol";
import { Validator } from "@seriousme/openapi-schema-validator";
import { describe, expect, it } from "vitest";
import { createOpenApiDocument } from "./openapi-document.ts";

const document = JSON.parse(JSON.stringify(createOpenApiDocument("1.0.0")));

describe("the OpenAPI document", () => {
  it("is valid OpenAPI 3.1", async () => {
    const { valid, errors } = await new Validator().validate(document);
    expect([valid, errors]).toEqual([true, undefined]);
  });

  it("describes every route that pages and load balancers ask, and refers to nothing that does not exist", () => {
    const { config, submit, session, messages, status, page, health, ready } = ROUTES;
    const routes = [config, submit, session, messages, status, page, health, ready];
    expect(Object.keys(document.paths)).toEqual(routes);
    const refs = JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g);
    for (const [, name] of refs) expect(Object.keys(document.components.schemas)).toContain(name);
  });

  it("names every error code that a submit can answer", () => {
    const named = JSON.stringify(document.paths[ROUTES.submit].post.responses);
    for (const code of Object.keys(PROBLEMS)) {
      const elsewhere = ["not_found", "method_not_allowed"].includes(code);
      expect(named.includes(`\`${code}\``), code).toBe(!elsewhere);
    }
  });

  it("holds every frame of the socket", () => {
    const { ClientFrame, ServerFrame } = document.components.schemas;
    const types = [...ClientFrame.oneOf, ...ServerFrame.oneOf].map(
      (frame: { properties: { type: { const: string } } }) => frame.properties.type.const,
    );
    expect(types.toSorted()).toEqual(
      ["hello", "message", "page", "ping", "pong", "ready", "reconnect", "session", "status"].toSorted(),
    );
  });

  it("allows fields that a later version adds to an answer", () => {
    expect(JSON.stringify(document)).not.toContain('"additionalProperties":false');
  });
});
