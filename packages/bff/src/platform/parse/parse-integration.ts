import { firstOf } from "./json-fields.ts";
import { firstFound, layers } from "./layers.ts";
import { parseId } from "./parse-message.ts";
import { notUnderstood, type Reading, understood } from "./reading.ts";

/** Reads the id of an integration that was just made. */
export function parseIntegration(value: unknown): Reading<{ readonly integrationId: string }> {
  const found = layers(value, ["integration", "data", "result", "payload"]);
  const integrationId =
    firstFound(found, (fields) =>
      parseId(firstOf(fields, ["integrationid", "integrationpublicid", "integrationuid"])),
    ) ?? firstFound(found, (fields) => parseId(firstOf(fields, ["publicid", "id", "uid", "uuid"])));
  return integrationId === null ? notUnderstood(value) : understood({ integrationId });
}
