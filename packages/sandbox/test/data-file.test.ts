import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { startSandbox } from "../src/index.ts";
import { asServer, CHAT, call, send } from "./platform-client.ts";

it("keeps sessions, messages and integrations over a restart", async () => {
  await using directory = await mkdtempDisposable(join(tmpdir(), "mailoo-sandbox-"));
  const data = join(directory.path, "state.sqlite");

  const before = await startSandbox({ data });
  await send(before, { content: "Before", senderName: "Ada" });
  before.setPresence("online");
  const sessions = before.sessions();
  await before.close();

  await using after = await startSandbox({ data, allowedOrigins: [] });
  expect(after.sessions()).toEqual(sessions);
  const [session] = sessions;
  after.reply(String(session?.publicId), "After");
  expect(after.messages(String(session?.publicId)).map(({ content }) => content)).toEqual([
    "Before",
    "After",
  ]);
  const status = await call(after, "GET", `${CHAT}/status`, {
    headers: { ...asServer, Origin: "https://new.example" },
  });
  expect(status).toMatchObject({ status: 200, body: { status: "online" } });
});

it("refuses a file that a newer sandbox wrote, and one that is no database", async () => {
  await using directory = await mkdtempDisposable(join(tmpdir(), "mailoo-sandbox-"));
  const newer = join(directory.path, "newer.sqlite");
  const database = new DatabaseSync(newer);
  database.exec("PRAGMA user_version = 999");
  database.close();
  await expect(startSandbox({ data: newer })).rejects.toThrow("schema version 999");
  await expect(startSandbox({ data: import.meta.filename })).rejects.toThrow("not a database");
});
