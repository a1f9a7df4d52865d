import { z } from "zod";
import { CURSOR_MAX_BYTES } from "../limits.ts";
import { chatMessageSchema, messagePageSchema } from "./http.ts";

export const clientFrameSchema = z
  .discriminatedUnion("type", [
    z.object({
      type: z.literal("hello"),
      token: z.string().min(1).max(2048),
      since: z.string().min(1).max(CURSOR_MAX_BYTES).nullish(),
      pages: z.boolean().optional(),
    }),
    z.object({ type: z.literal("pong") }),
  ])
  .meta({ id: "ClientFrame" });

export const serverFrameSchema = z
  .discriminatedUnion("type", [
    messagePageSchema.extend({
      type: z.literal("ready"),
      heartbeatMs: z.int().positive(),
      upstream: z.enum(["ok", "catching-up"]),
      pages: z.boolean().optional(),
    }),
    messagePageSchema.extend({ type: z.literal("page") }),
    z.object({ type: z.literal("message"), message: chatMessageSchema, cursor: z.string() }),
    z.object({ type: z.literal("status"), status: z.enum(["online", "away", "unknown"]) }),
    z.object({ type: z.literal("ping") }),
    z.object({ type: z.literal("session"), state: z.literal("closed") }),
    z.object({ type: z.literal("reconnect"), afterMs: z.int().min(0) }),
  ])
  .meta({ id: "ServerFrame" });
