import express from "express";
import { Pool } from "undici";

// The minimum between a browser and the platform with the same libraries: parse, forward, answer.
// `node reference-proxy.ts PORT PLATFORM_URL`

const [, , port, platformUrl = ""] = process.argv;
const pool = new Pool(platformUrl, { connections: 64 });
const app = express();

app.get("/healthz", (_req, res) => {
  res.json({ status: "ok" });
});

app.post("/submit", express.json(), async (req, res) => {
  const answer = await pool.request({
    method: "POST",
    path: "/api/v1/webhooks/chat/project/integration/messages",
    headers: { "content-type": "application/json", "x-api-key": "key", origin: req.headers.origin ?? "" },
    body: JSON.stringify(req.body),
  });
  res.status(answer.statusCode).json(await answer.body.json());
});

app.listen(Number(port), "127.0.0.1");
