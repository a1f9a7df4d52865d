import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { parseChats } from "./parse-chats.ts";
import { ConfigError } from "./parse-config.ts";
import type { Environment } from "./variables.ts";

const SHARED: Environment = {
  MAILOO_CHAT_INTEGRATION_API: "https://api.example.com",
  MAILOO_CHAT_INTEGRATION_API_KEY: "ml_key",
  MAILOO_CHAT_INTEGRATION_PROJECT_UID: "proj_1",
  MAILOO_CHAT_ALLOWED_ORIGINS: "https://shop.example",
  MAILOO_CHAT_SESSION_SECRET: "0123456789abcdef0123456789abcdef",
};

const TWO = {
  "/support": { MAILOO_CHAT_INTEGRATION_ID: "int_support" },
  "/sales": { MAILOO_CHAT_INTEGRATION_ID: "int_sales" },
};

function referTo(name: string): string {
  return `\${${name}}`;
}

function withChats(chats: object, defaults: object = {}, env: Environment = SHARED): Environment {
  return { ...env, MAILOO_CHAT_CHATS: JSON.stringify({ defaults, chats }) };
}

function problemsOf(env: Environment): readonly string[] {
  try {
    parseChats(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

function fileWith(content: string): string {
  const folder = mkdtempSync(join(tmpdir(), "mailoo-chat-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "file");
  writeFileSync(path, content);
  return path;
}

describe("several chats", () => {
  it("are one, at the default base path, without a file", () => {
    const { chats } = parseChats({ ...SHARED, MAILOO_CHAT_INTEGRATION_ID: "int_1" });
    expect(chats).toMatchObject([{ path: "/api/v1/webhooks/chat", name: null, config: { redisPrefix: "" } }]);
  });

  it("have their own variables before the file's defaults, and these before the environment", () => {
    const env = withChats(
      {
        "/support": { ...TWO["/support"], MAILOO_CHAT_WELCOME_MESSAGE: "Support here" },
        "/sales": { ...TWO["/sales"], MAILOO_CHAT_TIME_ZONE: null },
      },
      { MAILOO_CHAT_WELCOME_MESSAGE: "Hello", MAILOO_CHAT_TIME_ZONE: "Europe/Berlin", PORT: 9000 },
    );
    const { chats, warnings } = parseChats({ ...env, MAILOO_CHAT_WELCOME_MESSAGE: "Hi", PORT: "80" });
    expect(warnings).toEqual([]);
    expect(chats).toMatchObject([
      { path: "/support", config: { welcomeMessage: "Support here", port: 9000 } },
      { path: "/sales", config: { welcomeMessage: "Hello", port: 9000 } },
    ]);
    expect(chats.map(({ config }) => config.platform.integrationId)).toEqual(["int_support", "int_sales"]);
  });

  it("come from a file, with secrets from files and from the environment, in place of shared ones", () => {
    const chats = {
      "/support": { ...TWO["/support"], MAILOO_CHAT_INTEGRATION_API_KEY_FILE: fileWith("ml_support\n") },
      "/sales": {
        ...TWO["/sales"],
        MAILOO_CHAT_INTEGRATION_API_KEY: referTo("SALES_KEY"),
        MAILOO_CHAT_ALLOWED_ORIGINS: ["https://a.example", "https://b.example"],
        MAILOO_CHAT_TEXTS: { de: { welcomeMessage: "Hallo" } },
      },
    };
    const parsed = parseChats({
      ...SHARED,
      MAILOO_CHAT_CHATS_FILE: fileWith(JSON.stringify({ chats })),
      SALES_KEY: "ml_sales",
    });
    expect(parsed.chats.map(({ config }) => config.platform.apiKey)).toEqual(["ml_support", "ml_sales"]);
    const [, sales] = parsed.chats;
    expect(sales?.config.allowedOrigins).toHaveLength(2);
    expect(sales?.config.texts).toEqual({ de: { welcomeMessage: "Hallo" } });
  });

  it("share no keys on Redis, unless they are of one integration", () => {
    const { chats } = parseChats(
      withChats({ ...TWO, "/help": TWO["/support"] }, {}, { ...SHARED, REDIS_PREFIX: "shop:" }),
    );
    const [support, sales, help] = chats.map(({ config }) => config.redisPrefix);
    expect(support).toMatch(/^shop:mc:[\w-]{16}:$/);
    expect(sales).not.toBe(support);
    expect(help).toBe(support);
  });

  it("leave to the integration of the default path the keys that it had as the only chat", () => {
    const grown = {
      "/support": TWO["/support"],
      "/api/v1/webhooks/chat": TWO["/support"],
      "/sales": TWO["/sales"],
    };
    const { chats } = parseChats(withChats(grown, {}, { ...SHARED, REDIS_PREFIX: "shop:" }));
    const prefixes = chats.map(({ config }) => config.redisPrefix);
    expect(prefixes).toEqual(["shop:", "shop:", expect.stringMatching(/^shop:mc:/)]);
  });

  it("replace a value of a lower layer under its other name, too", () => {
    const own = { ...TWO["/support"], API_BASE_URL: "https://own.example" };
    const { chats } = parseChats(
      withChats({ "/own": own, "/sales": TWO["/sales"] }, { API_BASE_URL: "https://default.example" }),
    );
    expect(chats.map(({ config }) => config.platform.apiBaseUrl)).toEqual([
      "https://own.example",
      "https://default.example",
    ]);
  });

  it("may refer to variables with any name, of which there is no warning", () => {
    const sales = { ...TWO["/sales"], MAILOO_CHAT_INTEGRATION_API_KEY: referTo("MAILOO_CHAT_SALES_KEY") };
    const env = { ...SHARED, MAILOO_CHAT_SALES_KEY: "ml_sales" };
    const { chats, warnings } = parseChats(withChats({ ...TWO, "/sales": sales }, {}, env));
    expect(chats[1]?.config.platform.apiKey).toBe("ml_sales");
    expect(warnings).toEqual([]);
  });
});

describe("a wrong file of chats", () => {
  it.each<[string, string, RegExp]>([
    ["a comment", "{ // two\n}", /^MAILOO_CHAT_CHATS: must be JSON, without comments .*\(line 1 column 3\)$/],
    ["half of it", '{"chats": "a secret', /^MAILOO_CHAT_CHATS: must be JSON(?!.*secret)/],
    ["no chats", '{"chats": {}}', /^MAILOO_CHAT_CHATS: chats: must have at least one/],
    ["another key", '{"chats": {"/a": {}}, "default": {}}', /^MAILOO_CHAT_CHATS: .*default/],
    [
      "a path without its slash",
      '{"chats": {"support": {}}}',
      /^MAILOO_CHAT_CHATS: chats support: must be a path/,
    ],
    ["a path that climbs", '{"chats": {"/a/..": {}}}', /must be a path/],
    ["a path with a pattern", '{"chats": {"/:any": {}}}', /must be a path/],
    ["a chat within another", '{"chats": {"/a": {}, "/a/b": {}}}', /chats \/a\/b: is taken by \/a/],
    ["one path twice", '{"chats": {"/a": {}, "/a" : {}}}', /chats \/a: is given more than once$/],
    [
      "one variable twice",
      '{"chats": {"/a": {"MAILOO_CHAT_HOURS": "Mon 09:00-10:00", "MAILOO_CHAT_HOURS": ""}, "/b": {}}}',
      /chats \/a MAILOO_CHAT_HOURS: is given more than once$/,
    ],
    [
      "the page of the default chat",
      '{"chats": {"/chat": {}, "/api/v1/webhooks/chat": {}}}',
      /chats \/chat: is taken by \/api\/v1\/webhooks\/chat;/,
    ],
    ["a list", '{"chats": [{}]}', /chats: must be an object with chats by path/],
    ["a chat that is no object", '{"chats": {"/a": null}}', /chats \/a: must be an object with variables/],
    ["a number in a list", '{"chats": {"/a": {"HOST": [1]}}}', /chats \/a HOST: must be a text, /],
    ["a path of the server", '{"chats": {"/assets": {}}}', /chats \/assets: is taken by \/assets/],
  ])("with %s is one problem", (_what, json, expected) => {
    expect(problemsOf({ ...SHARED, MAILOO_CHAT_CHATS: json })).toEqual([expect.stringMatching(expected)]);
  });

  it("names every chat that is wrong", () => {
    const json = '{"chats": {"/a": {}, "/a/b": {}, "/v1": {}}}';
    expect(problemsOf({ ...SHARED, MAILOO_CHAT_CHATS: json })).toHaveLength(2);
  });

  it("cannot have another file within", () => {
    expect(problemsOf(withChats(TWO, { MAILOO_CHAT_CHATS_FILE: "x" }))).toEqual([
      "MAILOO_CHAT_CHATS_FILE: cannot be set in the chats file itself",
    ]);
  });

  it("names the chat and the variable of each problem, and what is wrong in all once", () => {
    const { MAILOO_CHAT_INTEGRATION_PROJECT_UID: _, ...env } = SHARED;
    const chats = {
      "/support": { ...TWO["/support"], MAILOO_CHAT_HOURS: "always", MAILOO_CHAT_WELCOME_MESAGE: "Hi" },
      "/sales": { MAILOO_CHAT_INTEGRATION_API_KEY: referTo("NOT_SET") },
      "/help": { PORT: "80" },
    };
    expect(problemsOf(withChats(chats, {}, env))).toEqual([
      "/support MAILOO_CHAT_WELCOME_MESAGE: is not a variable of a chat; did you mean MAILOO_CHAT_WELCOME_MESSAGE?",
      `/sales MAILOO_CHAT_INTEGRATION_API_KEY: refers to ${referTo("NOT_SET")}, which is not set`,
      '/help PORT: concerns the whole server; set it in the environment or in "defaults"',
    ]);
    const repaired = { "/support": { ...TWO["/support"], MAILOO_CHAT_HOURS: "always" }, "/sales": {} };
    expect(problemsOf(withChats(repaired, {}, env)).toSorted()).toEqual([
      "/sales MAILOO_CHAT_INTEGRATION_ID: is required",
      expect.stringMatching(/^\/support MAILOO_CHAT_HOURS: /),
      "MAILOO_CHAT_INTEGRATION_PROJECT_UID: is required",
    ]);
  });

  it("is refused if two platforms have equal ids, because their tokens would be the same", () => {
    const elsewhere = { ...TWO["/support"], MAILOO_CHAT_INTEGRATION_API: "https://staging.example.com" };
    expect(problemsOf(withChats({ ...TWO, "/staging": elsewhere }))).toEqual([
      expect.stringMatching(/^\/staging MAILOO_CHAT_INTEGRATION_ID: is the same as that of \/support/),
    ]);
  });

  it("warns of what is wrong with one chat, and once of what is wrong with all", () => {
    const { MAILOO_CHAT_SESSION_SECRET: _, ...env } = SHARED;
    const chats = { ...TWO, "/sales": { ...TWO["/sales"], MAILOO_CHAT_ALLOWED_ORIGINS: "" } };
    const { warnings } = parseChats(withChats(chats, {}, { ...env, NODE_ENV: "development" }));
    expect(warnings.map(({ chat, message }) => [chat, message.split(" ")[0]])).toEqual([
      [null, "MAILOO_CHAT_SESSION_SECRET"],
      ["/sales", "MAILOO_CHAT_ALLOWED_ORIGINS"],
    ]);
  });

  it.each([
    ["explicitly", { ...TWO, "/help": TWO["/support"] }, {}],
    ["by default", { ...TWO, "/help": {} }, { MAILOO_CHAT_INTEGRATION_ID: "int_support" }],
  ])(
    "warns of an integration that two chats have %s: they are one in the dashboard",
    (_how, chats, defaults) => {
      expect(parseChats(withChats(chats, defaults)).warnings).toMatchObject([
        {
          chat: "/help",
          message: expect.stringMatching(/^MAILOO_CHAT_INTEGRATION_ID is the same as that of \/support:/),
        },
      ]);
    },
  );
});
