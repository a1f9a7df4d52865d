import { randomBytes } from "node:crypto";
import type { Server } from "node:http";
import { type ChatBff, createChatBff } from "@mailoo-chat/bff";
import express, { type Express, type Request } from "express";

interface Customer {
  readonly name: string;
  readonly email: string;
}

export interface Shop {
  readonly app: Express;
  /** Hands the server's WebSocket upgrades to the chat. */
  attach(server: Server): void;
  close(): Promise<void>;
}

/**
 * A shop with its own sign-in, and the chat mounted beside its routes. Because the shop knows who is signed in,
 * the owner sees names in the dashboard, and no identity token is needed.
 *
 * @param env the environment that the BFF reads. @default process.env
 */
export function createShop(env: NodeJS.ProcessEnv = process.env): Shop {
  const signedIn = new Map<string, Customer>();
  const customerOf = (req: Request) => signedIn.get(readCookie(req, "shop_session") ?? "") ?? null;

  const chat: ChatBff = createChatBff({
    env,
    basePath: "/api/v1/webhooks/chat",
    resolveVisitor(req) {
      const customer = customerOf(req);
      // This shop has no accounts. In yours, return the account's unique, never reused id.
      return customer && { ...customer, id: customer.email };
    },
  });

  const app = express();
  // Take the visitor's address from the reverse proxy on this machine.
  app.set("trust proxy", "loopback");
  // The chat can be mounted before or after body parsers.
  app.use(express.json());
  app.use(express.urlencoded({ extended: false }));
  app.use("/api/v1/webhooks/chat", chat.router);

  app.get("/", (req, res) => {
    const customer = customerOf(req);
    res.type("html").send(page(customer));
  });

  app.post("/sign-in", (req, res) => {
    const { name, email } = req.body as { name?: unknown; email?: unknown };
    if (typeof name !== "string" || typeof email !== "string") {
      res.status(400).send("name and email, please");
      return;
    }
    const id = randomBytes(24).toString("base64url");
    signedIn.set(id, { name, email });
    res.cookie("shop_session", id, { httpOnly: true, sameSite: "lax" }).redirect("/");
  });

  app.post("/sign-out", (req, res) => {
    signedIn.delete(readCookie(req, "shop_session") ?? "");
    res.clearCookie("shop_session").redirect("/");
  });

  return {
    app,
    attach: (server) => void chat.attach(server),
    close: () => chat.close(),
  };
}

function page(customer: Customer | null): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <title>A shop with sign-in</title>
    <script async src="/api/v1/webhooks/chat/widget.js"></script>
  </head>
  <body>
    <h1>${customer ? `Hello, ${escapeHtml(customer.name)}` : "A shop with sign-in"}</h1>
    ${customer ? SIGN_OUT : SIGN_IN}
  </body>
</html>`;
}

const SIGN_IN = `<form method="post" action="/sign-in">
      <label>Name <input name="name" required autocomplete="name"></label>
      <label>Email <input name="email" type="email" required autocomplete="email"></label>
      <button>Sign in</button>
    </form>`;

/** Removes the conversation from all tabs of this browser, so that the next user cannot read it. */
const SIGN_OUT = `<form method="post" action="/sign-out" onsubmit="MailooChat('reset')">
      <button>Sign out</button>
    </form>`;

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function readCookie(req: Request, name: string): string | undefined {
  const pairs = req.headers.cookie?.split(";").map((pair) => pair.trim().split("=")) ?? [];
  return pairs.find(([key]) => key === name)?.[1];
}
