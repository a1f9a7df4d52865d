export { clientFrameSchema, serverFrameSchema } from "./frames.ts";
export {
  chatConfigSchema,
  chatMessageSchema,
  messagePageSchema,
  problemSchema,
  sessionGrantSchema,
  sessionRequestSchema,
  sessionResponseSchema,
  statusResponseSchema,
  submitRequestSchema,
  submitResponseSchema,
} from "./http.ts";
