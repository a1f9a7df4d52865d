import { createReceiver } from "./receiver.ts";

const { WEBHOOK_SECRET, CHANNEL_URL, HOST = "127.0.0.1", PORT = "8790" } = process.env;
if (!WEBHOOK_SECRET || !CHANNEL_URL) {
  console.error("WEBHOOK_SECRET and CHANNEL_URL are required");
  process.exit(78);
}

// The BFF requires https for other machines: put a reverse proxy with TLS in front.
createReceiver({ secret: WEBHOOK_SECRET, channelUrl: CHANNEL_URL }).listen(Number(PORT), HOST, () =>
  console.log(`receives webhooks at http://${HOST}:${PORT}/`),
);
