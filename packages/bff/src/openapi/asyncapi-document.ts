import {
  CLIENT_FRAME_MAX_BYTES,
  CLOSE,
  DEFAULT_BASE_PATH,
  HEARTBEAT_MS,
  HELLO_TIMEOUT_MS,
  ROUTES,
  SERVER_FRAME_MAX_BYTES,
  SUBPROTOCOL,
} from "@mailoo-chat/protocol";
import { clientFrameSchema, serverFrameSchema } from "@mailoo-chat/protocol/schemas";
import { z } from "zod";
import type { JsonSchema } from "./component-schemas.ts";

/** The WebSocket interface as AsyncAPI 3, made of the schemas that its frames are checked with. */
export function createAsyncApiDocument(version: string): JsonSchema {
  const fromBrowser = frameMessages(clientFrameSchema);
  const fromServer = frameMessages(serverFrameSchema);
  const names = (messages: Readonly<Record<string, JsonSchema>>) =>
    Object.keys(messages).map((name) => ({ $ref: `#/channels/conversation/messages/${name}` }));
  return {
    asyncapi: "3.0.0",
    info: {
      title: "Mailoo Chat BFF, WebSocket",
      version,
      description: [
        `Subprotocol \`${SUBPROTOCOL}\`. The browser says hello within ${HELLO_TIMEOUT_MS} ms; the server pings every ${HEARTBEAT_MS} ms.`,
        `Frames are JSON text, from the browser at most ${CLIENT_FRAME_MAX_BYTES} bytes, to it at most ${SERVER_FRAME_MAX_BYTES}.`,
        `Close codes: ${Object.entries(CLOSE)
          .map(([meaning, code]) => `${code} ${meaning}`)
          .join(", ")}.`,
      ].join("\n"),
      license: { name: "MIT" },
    },
    channels: {
      conversation: {
        address: DEFAULT_BASE_PATH + ROUTES.socket,
        messages: { ...fromBrowser, ...fromServer },
        bindings: { ws: { method: "GET" } },
      },
    },
    operations: {
      hear: {
        action: "receive",
        channel: { $ref: "#/channels/conversation" },
        summary: "What the server takes from a browser",
        messages: names(fromBrowser),
      },
      tell: {
        action: "send",
        channel: { $ref: "#/channels/conversation" },
        summary: "What the server sends to a browser",
        messages: names(fromServer),
      },
    },
  };
}

/** One message for each member of a union of frames, named after its `type`. */
function frameMessages(union: {
  readonly options: readonly z.ZodType[];
}): Readonly<Record<string, JsonSchema>> {
  return Object.fromEntries(
    union.options.map((option) => {
      const { $schema: _dialect, ...payload } = z.toJSONSchema(option, {
        io: "input",
        override: ({ jsonSchema }) => {
          if (jsonSchema.format) delete jsonSchema.pattern;
        },
      });
      const name = String(
        payload.properties?.type && typeof payload.properties.type === "object"
          ? payload.properties.type.const
          : "",
      );
      return [name, { name, contentType: "application/json", payload }];
    }),
  );
}
