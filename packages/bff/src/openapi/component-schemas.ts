import {
  chatConfigSchema,
  chatMessageSchema,
  clientFrameSchema,
  messagePageSchema,
  problemSchema,
  serverFrameSchema,
  sessionGrantSchema,
  statusResponseSchema,
  submitRequestSchema,
  submitResponseSchema,
} from "@mailoo-chat/protocol/schemas";
import { z } from "zod";

export type JsonSchema = Readonly<Record<string, unknown>>;

const registry = z.registry<{ id: string }>();
registry.add(chatMessageSchema, { id: "ChatMessage" });
registry.add(chatConfigSchema, { id: "ChatConfig" });
registry.add(submitRequestSchema, { id: "SubmitRequest" });
registry.add(submitResponseSchema, { id: "SubmitResponse" });
registry.add(sessionGrantSchema, { id: "SessionGrant" });
registry.add(messagePageSchema, { id: "MessagePage" });
registry.add(statusResponseSchema, { id: "StatusResponse" });
registry.add(problemSchema, { id: "Problem" });
registry.add(clientFrameSchema, { id: "ClientFrame" });
registry.add(serverFrameSchema, { id: "ServerFrame" });

/** The protocol's zod schemas as JSON Schema, by name, referring to each other as `#/components/schemas/…`. */
export function componentSchemas(): Readonly<Record<string, JsonSchema>> {
  const { schemas } = z.toJSONSchema(registry, {
    io: "input",
    uri: (id) => `#/components/schemas/${id}`,
    override: ({ jsonSchema }) => {
      // `format` says the same, and can be read.
      if (jsonSchema.format) delete jsonSchema.pattern;
    },
  });
  return Object.fromEntries(
    Object.entries(schemas).map(([id, { $id: _id, $schema: _dialect, ...schema }]) => [id, schema]),
  );
}

export function schemaRef(id: string): JsonSchema {
  return { $ref: `#/components/schemas/${id}` };
}
