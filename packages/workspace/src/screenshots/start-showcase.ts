import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import getPort from "get-port";
import waitOn from "wait-on";
import { REPOSITORY, toolEnvironment } from "../repository.ts";
import { OWNER, SEED_INTEGRATION } from "./stage.ts";

/** What the demo does not show: a server with several chats and webhooks, and a shop with sign-in. */
export interface Showcase {
  /** Serves `/support` and `/sales`. */
  readonly chatsUrl: string;
  /** The integration of `/sales`. */
  readonly salesIntegration: string;
  /** The shop of `examples/express-mount`. */
  readonly shopUrl: string;
  /** What `examples/webhooks` has posted to a channel. */
  readonly posts: readonly string[];
  stop(): void;
}

const SECRET = `whsec_${Buffer.alloc(32, "pictures").toString("base64")}`;

const TEXTS = {
  de: {
    welcomeMessage: "Moin! Fragen zu Vasen, Bechern oder zum Versand?",
    suggestions: ["Wo ist mein Paket?", "Liefern Sie nach Norwegen?"],
    consent: {
      text: "Es gilt unsere [Datenschutzerklärung].",
      url: "https://mud-and-tide.example/datenschutz",
    },
  },
  ja: {
    welcomeMessage: "こんにちは。花瓶やカップ、配送についてお気軽にどうぞ。",
    suggestions: ["荷物はどこにありますか？", "ノルウェーに配送できますか？"],
    consent: {
      text: "[プライバシーポリシー]が適用されます。",
      url: "https://mud-and-tide.example/privacy",
    },
  },
};

/** @param siteUrl of the demo's shop */
export async function startShowcase(sandboxUrl: string, siteUrl: string): Promise<Showcase> {
  const [chats, shop, receiver] = [await getPort(), await getPort(), await getPort()];
  const chatsUrl = `http://localhost:${chats}`;
  const shopUrl = `http://localhost:${shop}`;
  const salesIntegration = await createIntegration(sandboxUrl, "Sales", [siteUrl, chatsUrl]);
  const posts: string[] = [];
  const channel = createServer(async (req, res) => {
    posts.push(((await json(req)) as { text: string }).text);
    res.end("ok");
  }).listen(0, "127.0.0.1");
  await once(channel, "listening");
  const platform = {
    NODE_ENV: "development",
    MAILOO_CHAT_INTEGRATION_API: sandboxUrl,
    MAILOO_CHAT_INTEGRATION_API_KEY: "ml_dev_mailoo_web_chat_key",
    MAILOO_CHAT_INTEGRATION_PROJECT_UID: "mailoo-website",
    MAILOO_CHAT_INTEGRATION_ID: SEED_INTEGRATION,
    MAILOO_CHAT_WELCOME_MESSAGE: "Hello! Questions about vases, cups or shipping?",
    MAILOO_CHAT_SESSION_SECRET: "a secret for pictures and for nothing else",
  };
  const children = [
    run("packages/bff/bin/mailoo-chat-bff.js", {
      ...platform,
      MAILOO_CHAT_ALLOWED_ORIGINS: siteUrl,
      MAILOO_CHAT_CONTEXT: "page,referrer,utm,locale,plan",
      MAILOO_CHAT_PAGE: JSON.stringify({ title: "Mud & Tide", accent: "#2f6f73" }),
      MAILOO_CHAT_TEXTS: JSON.stringify(TEXTS),
      MAILOO_CHAT_ALLOW_UNVERIFIED_IDENTITY: "on",
      MAILOO_CHAT_WEBHOOK_URL: `http://127.0.0.1:${receiver}/`,
      MAILOO_CHAT_WEBHOOK_SECRET: SECRET,
      MAILOO_CHAT_CHATS: JSON.stringify({
        chats: {
          "/support": {},
          "/sales": {
            MAILOO_CHAT_INTEGRATION_ID: salesIntegration,
            // With a page of its own.
            MAILOO_CHAT_ALLOWED_ORIGINS: [siteUrl, chatsUrl],
          },
        },
      }),
      HOST: "127.0.0.1",
      PORT: `${chats}`,
    }),
    run("examples/express-mount/server.ts", {
      ...platform,
      MAILOO_CHAT_ALLOWED_ORIGINS: shopUrl,
      MAILOO_CHAT_VISITOR_SESSIONS: "on",
      PORT: `${shop}`,
    }),
    run("examples/webhooks/server.ts", {
      WEBHOOK_SECRET: SECRET,
      CHANNEL_URL: `http://127.0.0.1:${(channel.address() as AddressInfo).port}/`,
      PORT: `${receiver}`,
    }),
  ];
  await waitOn({
    resources: [
      `http-get://localhost:${chats}/readyz`,
      `http-get://localhost:${shop}/`,
      `tcp:127.0.0.1:${receiver}`,
    ],
    timeout: 60_000,
  });
  return {
    chatsUrl,
    salesIntegration,
    shopUrl,
    posts,
    stop() {
      for (const child of children) child.kill("SIGKILL");
      channel.close();
    },
  };
}

function run(script: string, env: Readonly<Record<string, string>>): ChildProcess {
  const preload = join(REPOSITORY, "packages/workspace/src/demo/exit-with-parent.ts");
  return spawn(process.execPath, ["--import", preload, join(REPOSITORY, script)], {
    env: toolEnvironment(env),
    stdio: ["pipe", "ignore", "inherit"],
  });
}

/** One whose owner is online. @returns its id */
async function createIntegration(
  sandboxUrl: string,
  name: string,
  allowedOrigins: readonly string[],
): Promise<string> {
  const answer = await fetch(`${sandboxUrl}/api/v1/webhooks/chat/mailoo-website/integrations`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-API-Key": "ml_dev_mailoo_web_chat_key" },
    body: JSON.stringify({ name, config: { allowedOrigins } }),
  });
  const { integration } = (await answer.json()) as { readonly integration: { readonly id: string } };
  await fetch(`${sandboxUrl}/console/integrations/${integration.id}/presence`, {
    method: "PUT",
    headers: OWNER,
    body: JSON.stringify({ presence: "online" }),
  });
  return integration.id;
}
