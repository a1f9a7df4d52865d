export { clientFrameSchema, serverFrameSchema } from "./frames.ts";
export {
  chatConfigSchema,
  chatMessageSchema,
  messagePageSchema,
  problemSchema,
  sessionGrantSchema,
  statusResponseSchema,
  submitRequestSchema,
  submitResponseSchema,
} from "./http.ts";
