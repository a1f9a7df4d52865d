import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { ConfigError, parseConfig } from "./parse-config.ts";
import type { Environment } from "./variables.ts";

const SECRET = "0123456789abcdef0123456789abcdef";

const WEBHOOK_SECRET = `whsec_${"A".repeat(32)}`;
const WEBHOOK: Environment = {
  MAILOO_CHAT_WEBHOOK_URL: "https://hooks.example.com/chat?key=1",
  MAILOO_CHAT_WEBHOOK_SECRET: WEBHOOK_SECRET,
};

const MINIMAL: Environment = {
  MAILOO_CHAT_INTEGRATION_API: "https://api.example.com",
  MAILOO_CHAT_INTEGRATION_API_KEY: "ml_key",
  MAILOO_CHAT_INTEGRATION_PROJECT_UID: "proj_1",
  MAILOO_CHAT_INTEGRATION_ID: "int_1",
  MAILOO_CHAT_ALLOWED_ORIGINS: "https://shop.example, https://*.example.com",
  MAILOO_CHAT_SESSION_SECRET: SECRET,
};

function problemsOf(env: Environment): readonly string[] {
  try {
    parseConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

function secretFile(content: string): string {
  const folder = mkdtempSync(join(tmpdir(), "mailoo-chat-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "secret");
  writeFileSync(path, content);
  return path;
}

describe("the address of visitors who write while the owner is away", () => {
  it("is not asked for again if the form before the chat asks for it", () => {
    const { config, warnings } = parseConfig({
      ...MINIMAL,
      MAILOO_CHAT_AWAY_EMAIL: "required",
      MAILOO_CHAT_PRE_CHAT: "name,email",
    });
    expect(config.away.email).toBeNull();
    expect(warnings.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^MAILOO_CHAT_AWAY_EMAIL has no effect/),
    ]);
  });
});

describe("a complete configuration", () => {
  it("has the documented defaults", () => {
    const { config, warnings } = parseConfig(MINIMAL);
    expect(warnings).toEqual([]);
    expect(config).toMatchObject({
      development: false,
      platform: {
        apiBaseUrl: "https://api.example.com",
        socketBaseUrl: "wss://api.example.com",
        apiKey: "ml_key",
        projectUid: "proj_1",
        integrationId: "int_1",
      },
      sessionSecrets: [SECRET],
      sessionRevokedBeforeMs: null,
      welcomeMessage: null,
      preChat: [],
      consent: null,
      officeHours: null,
      away: { text: null, linkUrl: null, email: null },
      identity: { secret: null, jwksUrl: null, issuer: null, allowUnverified: false },
      upstream: "auto",
      challenge: "auto",
      limits: {
        ipRequests: { count: 600, seconds: 60 },
        ipNewSessions: { count: 30, seconds: 600 },
        ipSockets: 300,
        sessionSends: { count: 30, seconds: 60 },
        sessionSockets: 10,
        socketFrames: { count: 50, seconds: 10 },
        upstreamSends: { count: 50, seconds: 1 },
        upstreamReads: { count: 200, seconds: 1 },
      },
      redisUrl: null,
      host: "0.0.0.0",
      port: 8787,
      trustProxy: 0,
      logLevel: "info",
      metrics: null,
    });
  });

  it("takes the socket's origin from the first of three variables that is set", () => {
    const base = {
      ...MINIMAL,
      MAILOO_CHAT_INTEGRATION_API: undefined,
      API_BASE_URL: "http://base.example:4077/",
    };
    expect(parseConfig(base).config.platform.socketBaseUrl).toBe("ws://base.example:4077");
    expect(
      parseConfig({ ...base, MAILOO_CHAT_WS_ORIGIN: "https://ws.example" }).config.platform,
    ).toMatchObject({
      apiBaseUrl: "http://base.example:4077",
      socketBaseUrl: "wss://ws.example",
    });
  });

  it("reads every optional variable", () => {
    const { config } = parseConfig({
      ...MINIMAL,
      MAILOO_CHAT_SESSION_SECRET: `${SECRET},${SECRET}old`,
      MAILOO_CHAT_SESSION_REVOKED_BEFORE: "2026-01-31T12:00:00Z",
      MAILOO_CHAT_WELCOME_MESSAGE: "Hi!",
      MAILOO_CHAT_PRE_CHAT: "name,email:required",
      MAILOO_CHAT_CONSENT_TEXT: "We read it.",
      MAILOO_CHAT_CONSENT_URL: "https://shop.example/privacy",
      MAILOO_CHAT_HOURS: "Mon-Fri 09:00-17:00",
      MAILOO_CHAT_TIME_ZONE: "Europe/Berlin",
      MAILOO_CHAT_LIMIT_IP_REQUESTS: "0",
      MAILOO_CHAT_LIMIT_IP_SOCKETS: "0",
      MAILOO_CHAT_LIMIT_SESSION_SENDS: "5/10",
      MAILOO_CHAT_ALLOW_UNVERIFIED_IDENTITY: "true",
      METRICS_PORT: "9100",
      TRUST_PROXY: "10.0.0.0/8",
    });
    expect(config.sessionSecrets).toEqual([SECRET, `${SECRET}old`]);
    expect(config.sessionRevokedBeforeMs).toBe(Date.parse("2026-01-31T12:00:00Z"));
    expect(config.preChat).toEqual([
      { name: "name", required: false },
      { name: "email", required: true },
    ]);
    expect(config.consent).toEqual({ text: "We read it.", url: "https://shop.example/privacy" });
    expect(config.officeHours?.format.resolvedOptions().timeZone).toBe("Europe/Berlin");
    expect(config.limits).toMatchObject({
      ipRequests: null,
      ipSockets: null,
      sessionSends: { count: 5, seconds: 10 },
    });
    expect(config.identity.allowUnverified).toBe(true);
    expect(config.metrics).toEqual({ port: 9100 });
    expect(config.trustProxy).toEqual(["10.0.0.0/8"]);
  });

  it("keeps the URL of a page or of keys as it is, with its slash and its fragment", () => {
    const { consent, identity } = parseConfig({
      ...MINIMAL,
      MAILOO_CHAT_CONSENT_TEXT: "We read it.",
      MAILOO_CHAT_CONSENT_URL: "https://shop.example/privacy/#chat",
      MAILOO_CHAT_IDENTITY_JWKS_URL: "https://login.example/keys/",
    }).config;
    expect(consent?.url).toBe("https://shop.example/privacy/#chat");
    expect(identity.jwksUrl).toBe("https://login.example/keys/");
  });

  it("counts an empty value as none", () => {
    expect(parseConfig({ ...MINIMAL, REDIS_URL: "", PORT: " " }).config).toMatchObject({
      redisUrl: null,
      port: 8787,
    });
  });
});

describe("a wrong configuration", () => {
  it("names every variable that is missing, one line each", () => {
    const variables = problemsOf({}).map((problem) => problem.split(":")[0]);
    expect(variables.sort()).toEqual(
      [
        "MAILOO_CHAT_ALLOWED_ORIGINS",
        "MAILOO_CHAT_INTEGRATION_API",
        "MAILOO_CHAT_INTEGRATION_API_KEY",
        "MAILOO_CHAT_INTEGRATION_ID",
        "MAILOO_CHAT_INTEGRATION_PROJECT_UID",
        "MAILOO_CHAT_SESSION_SECRET",
      ].sort(),
    );
  });

  it.each([
    ["MAILOO_CHAT_INTEGRATION_API", "api.example.com"],
    ["MAILOO_CHAT_INTEGRATION_API", "ftp://api.example.com"],
    ["MAILOO_CHAT_INTEGRATION_API", "https://user:secret@api.example.com"],
    ["MAILOO_CHAT_INTEGRATION_API", "https://api.example.com/?key=1"],
    ["MAILOO_CHAT_INTEGRATION_API_KEY", "two words"],
    ["MAILOO_CHAT_INTEGRATION_ID", "a/../b"],
    ["MAILOO_CHAT_INTEGRATION_PROJECT_UID", ".."],
    ["MAILOO_CHAT_WS_ORIGIN", "mailto:x"],
    ["MAILOO_CHAT_WS_ORIGIN", "wss://ws.example.com/?key=1"],
    ["MAILOO_CHAT_ALLOWED_ORIGINS", "*"],
    ["MAILOO_CHAT_ALLOWED_ORIGINS", ","],
    ["MAILOO_CHAT_ALLOWED_ORIGINS", "https://shop.example/chat"],
    ["MAILOO_CHAT_SESSION_SECRET", "short"],
    ["MAILOO_CHAT_SESSION_SECRET", `${SECRET},short`],
    ["MAILOO_CHAT_SESSION_REVOKED_BEFORE", "yesterday"],
    ["MAILOO_CHAT_PRE_CHAT", "phone"],
    ["MAILOO_CHAT_PRE_CHAT", "name,name"],
    ["MAILOO_CHAT_TEXTS", '{"de": {"consent": {"text": "Lesen", "url": "javascript:alert(1)"}}}'],
    ["MAILOO_CHAT_IDENTITY_JWKS_URL", "https://user:word@login.example/keys"],
    ["MAILOO_CHAT_CONTEXT", "page;plan"],
    ["MAILOO_CHAT_CONTEXT", "Page,plan"],
    ["MAILOO_CHAT_CONTEXT", "on"],
    ["MAILOO_CHAT_HOURS", "always"],
    ["MAILOO_CHAT_AWAY_LINK", "mailto:"],
    ["MAILOO_CHAT_TIME_ZONE", "Mars/Olympus"],
    ["MAILOO_CHAT_IDENTITY_SECRET", "short"],
    ["MAILOO_CHAT_UPSTREAM", "sse"],
    ["MAILOO_CHAT_CHALLENGE", "maybe"],
    ["MAILOO_CHAT_LIMIT_IP_REQUESTS", "many"],
    ["MAILOO_CHAT_LIMIT_IP_REQUESTS", "10/0"],
    ["MAILOO_CHAT_LIMIT_SESSION_SOCKETS", "-1"],
    ["REDIS_URL", "localhost:6379"],
    ["PORT", "70000"],
    ["PORT", "http"],
    ["TRUST_PROXY", "everyone"],
    ["LOG_LEVEL", "loud"],
    ["METRICS", "perhaps"],
    ["METRICS_PORT", "8787"],
    ["MAILOO_CHAT_WEBHOOK_URL", "hooks.example.com"],
    ["MAILOO_CHAT_WEBHOOK_URL", "https://user:word@hooks.example.com/"],
    ["MAILOO_CHAT_WEBHOOK_URL", "http://hooks.example.com/"],
    ["MAILOO_CHAT_WEBHOOK_URL", "http://127.0.0.1.example.com/"],
    ["MAILOO_CHAT_WEBHOOK_SECRET", "a secret without the prefix of one"],
    ["MAILOO_CHAT_WEBHOOK_SECRET", `whsec_${"A".repeat(28)}`],
    ["MAILOO_CHAT_WEBHOOK_SECRET", `${WEBHOOK_SECRET},whsec_`],
    ["MAILOO_CHAT_WEBHOOK_EVENTS", "message.created,message.deleted"],
  ])("says what is wrong with %s=%s, naming it once", (name, value) => {
    const webhook = name.includes("WEBHOOK") && WEBHOOK;
    const problems = problemsOf({ ...MINIMAL, ...webhook, [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${name}: `));
    expect(problems[0]).not.toContain("\n");
  });
});

describe("a secret in a file", () => {
  it("replaces its variable, without the trailing newline", () => {
    const { MAILOO_CHAT_SESSION_SECRET: _left, ...rest } = MINIMAL;
    const { config } = parseConfig({ ...rest, MAILOO_CHAT_SESSION_SECRET_FILE: secretFile(`${SECRET}\n`) });
    expect(config.sessionSecrets).toEqual([SECRET]);
  });

  it("is refused beside its variable", () => {
    const problems = problemsOf({ ...MINIMAL, MAILOO_CHAT_SESSION_SECRET_FILE: secretFile(SECRET) });
    expect(problems).toEqual([expect.stringContaining("MAILOO_CHAT_SESSION_SECRET: is given both")]);
  });

  it("is reported with the reason if it cannot be read, and its variable is not also reported as missing", () => {
    const { MAILOO_CHAT_INTEGRATION_API_KEY: _key, MAILOO_CHAT_SESSION_SECRET: _secret, ...rest } = MINIMAL;
    const files = {
      MAILOO_CHAT_INTEGRATION_API_KEY_FILE: "/does/not/exist",
      MAILOO_CHAT_SESSION_SECRET_FILE: tmpdir(),
    };
    expect(problemsOf({ ...rest, ...files })).toEqual([
      "MAILOO_CHAT_INTEGRATION_API_KEY_FILE: /does/not/exist cannot be read (ENOENT)",
      `MAILOO_CHAT_SESSION_SECRET_FILE: ${tmpdir()} cannot be read (EISDIR)`,
    ]);
  });
});

describe("development", () => {
  const { MAILOO_CHAT_ALLOWED_ORIGINS: _o, MAILOO_CHAT_SESSION_SECRET: _s, ...bare } = MINIMAL;

  it.each(["development", "test"])(
    "is NODE_ENV=%s: origins and secret may be left out, with a warning each",
    (value) => {
      const { config, warnings } = parseConfig({ ...bare, NODE_ENV: value });
      expect(config.development).toBe(true);
      expect(config.allowedOrigins).toContainEqual({ kind: "exact", origin: "http://localhost:5173" });
      expect(config.sessionSecrets[0].length).toBeGreaterThanOrEqual(32);
      expect(warnings).toHaveLength(2);
    },
  );

  it.each([undefined, "production", "Development", "dev"])("is not NODE_ENV=%s", (value) => {
    expect(problemsOf({ ...bare, NODE_ENV: value })).toHaveLength(2);
  });
});

describe("a value with its quotes", () => {
  it.each([
    ["MAILOO_CHAT_INTEGRATION_API_KEY", '"ml_key"'],
    ["MAILOO_CHAT_ALLOWED_ORIGINS", "'https://shop.example'"],
    ["MAILOO_CHAT_SESSION_SECRET", `"${SECRET}"`],
    ["PORT", '"8080"'],
    ["NODE_ENV", '"production"'],
  ])("is one problem that says so (%s)", (name, value) => {
    expect(problemsOf({ ...MINIMAL, [name]: value })).toEqual([
      expect.stringMatching(new RegExp(`^${name}: is given with its quotes`)),
    ]);
  });

  it("is found in a secret's file, and may be in what visitors read", () => {
    const { MAILOO_CHAT_SESSION_SECRET: _, ...rest } = MINIMAL;
    expect(problemsOf({ ...rest, MAILOO_CHAT_SESSION_SECRET_FILE: secretFile(`"${SECRET}"`) })).toHaveLength(
      1,
    );
    expect(problemsOf({ ...MINIMAL, MAILOO_CHAT_WELCOME_MESSAGE: '"Hello!"' })).toEqual([]);
  });
});

describe("a webhook", () => {
  it("is off by default, and has every event and several secrets if wanted", () => {
    expect(parseConfig(MINIMAL).config.webhook).toBeNull();
    const several = `${WEBHOOK_SECRET}, whsec_${"B".repeat(64)}`;
    const { webhook } = parseConfig({ ...MINIMAL, ...WEBHOOK, MAILOO_CHAT_WEBHOOK_SECRET: several }).config;
    expect(webhook?.url).toBe("https://hooks.example.com/chat?key=1");
    expect(webhook?.secrets.map(({ length }) => length)).toEqual([24, 48]);
    expect([...(webhook?.events ?? [])]).toEqual(["session.started", "message.created"]);
  });

  it("may be http on this machine, and in development", () => {
    for (const url of ["http://127.0.0.1:8790/", "http://localhost/", "http://[::1]/"]) {
      expect(problemsOf({ ...MINIMAL, ...WEBHOOK, MAILOO_CHAT_WEBHOOK_URL: url })).toEqual([]);
    }
    const elsewhere = { ...MINIMAL, ...WEBHOOK, MAILOO_CHAT_WEBHOOK_URL: "http://receiver:3000/" };
    expect(problemsOf({ ...elsewhere, NODE_ENV: "development" })).toEqual([]);
    expect(problemsOf(elsewhere)).toHaveLength(1);
  });

  it("needs its secret", () => {
    const { MAILOO_CHAT_WEBHOOK_URL } = WEBHOOK;
    expect(problemsOf({ ...MINIMAL, MAILOO_CHAT_WEBHOOK_URL })).toEqual([
      expect.stringMatching(/^MAILOO_CHAT_WEBHOOK_SECRET: is required/),
    ]);
  });
});

it.each([
  ["MAILOO_CHAT_WEBHOOK_SECRET", WEBHOOK_SECRET],
  ["MAILOO_CHAT_WEBHOOK_EVENTS", "message.created"],
  ["MAILOO_CHAT_IDENTITY_ISSUER", "https://id.example"],
])("%s alone has no effect, which is a warning", (name, value) => {
  const { warnings } = parseConfig({ ...MINIMAL, [name]: value });
  expect(warnings.map(({ message }) => message)).toEqual([
    expect.stringMatching(new RegExp(`^${name} has no effect without `)),
  ]);
});

it("a session secret that is also another secret is refused", () => {
  const problem = (name: string) => [`MAILOO_CHAT_SESSION_SECRET: must differ from ${name}`];
  const env = { ...MINIMAL, MAILOO_CHAT_SESSION_SECRET: `${SECRET}, ${"b".repeat(32)}` };
  for (const name of ["MAILOO_CHAT_IDENTITY_SECRET", "MAILOO_CHAT_INTEGRATION_API_KEY"]) {
    expect(problemsOf({ ...env, [name]: "b".repeat(32) })).toEqual(problem(name));
  }
  expect(problemsOf({ ...MINIMAL, ...WEBHOOK, MAILOO_CHAT_SESSION_SECRET: WEBHOOK_SECRET })).toEqual(
    problem("MAILOO_CHAT_WEBHOOK_SECRET"),
  );
});

describe("a misspelt variable", () => {
  const { MAILOO_CHAT_INTEGRATION_ID: _left, ...rest } = MINIMAL;

  it("is a warning that names the one that was meant", () => {
    const { warnings } = parseConfig({ ...MINIMAL, MAILOO_CHAT_WELCOME_MESAGE: "Hi" });
    expect(warnings.map(({ message }) => message)).toEqual([
      expect.stringMatching(
        /^MAILOO_CHAT_WELCOME_MESAGE is not .*did you mean MAILOO_CHAT_WELCOME_MESSAGE\?$/,
      ),
    ]);
  });

  it("is reported with the variable that is missing because of it", () => {
    expect(problemsOf({ ...rest, MAILOO_CHAT_INTEGRATOIN_ID: "int_1" })).toEqual([
      "MAILOO_CHAT_INTEGRATION_ID: is required",
      expect.stringMatching(/^MAILOO_CHAT_INTEGRATOIN_ID: .*did you mean MAILOO_CHAT_INTEGRATION_ID\?$/),
    ]);
  });

  it("has no suggestion if no name is similar, and is ignored without the prefix", () => {
    const { warnings } = parseConfig({ ...MINIMAL, MAILOO_CHAT_BUTTON_COLOUR: "x", PROT: "1" });
    expect(warnings.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^MAILOO_CHAT_BUTTON_COLOUR .*ignored$/),
    ]);
  });
});

it.each(["MAILOO_CHAT_INTEGRATION_API", "MAILOO_CHAT_IDENTITY_JWKS_URL"])(
  "an unencrypted %s is a warning, unless it is on the same machine",
  (name) => {
    const warningsOf = (url: string) =>
      parseConfig({ ...MINIMAL, [name]: url }).warnings.map(({ message }) => message);
    expect(warningsOf("http://mailoo.example.com/keys")).toEqual([
      expect.stringMatching(`^${name} is http: `),
    ]);
    expect(warningsOf("http://127.0.0.1:4077/keys")).toEqual([]);
    expect(warningsOf("https://mailoo.example.com/keys")).toEqual([]);
  },
);
