import { startSandbox } from "@mailoo-chat/sandbox";
import { createVisitor } from "./src/headless-visitor.ts";
import { startBff } from "./src/servers/start-bff.ts";

const real = globalThis.fetch;
globalThis.fetch = async (u, i) => {
  const t = Date.now();
  try {
    const r = await real(u, i);
    if (!String(u).includes("healthz"))
      console.log(
        i?.method ?? "GET",
        String(u).slice(20, 120),
        r.status,
        Date.now() - t,
        (await r.clone().text()).slice(0, 300),
      );
    return r;
  } catch (e) {
    if (!String(u).includes("healthz"))
      console.log("ERR", String(u).slice(20, 100), String(e), Date.now() - t);
    throw e;
  }
};
const sandbox = await startSandbox();
const bff = await startBff({
  platformUrl: `http://127.0.0.1:${sandbox.port}`,
  allowedOrigins: ["http://localhost:5173"],
  env: { MAILOO_CHAT_UPSTREAM: "ws" },
});
const v = createVisitor({
  baseUrl: bff.baseUrl,
  origin: "http://localhost:5173",
  ...(process.argv[2]
    ? { realtime: { ws: null, ...(process.argv[2] === "poll" ? { longPollSeconds: 0 } : {}) } }
    : {}),
});
v.client.subscribe((s) => console.log(Date.now() % 100000, JSON.stringify(s.connection), s.timeline.length));
v.client.open();
await v.client.send("first");
const s = sandbox.sessions()[0].publicId;
let n = 0;
const iv = setInterval(() => {
  sandbox.reply(s, "r" + n++);
}, 1500);
setTimeout(async () => {
  clearInterval(iv);
  console.log(v.confirmed());
  v.client.close();
  await bff[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
  process.exit(0);
}, 8000);
