import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { VerifiedToken } from "./session-tokens.ts";
import { createVisitorRecords } from "./visitor-records.ts";
import { createVisitorSessions } from "./visitor-sessions.ts";

const SECRETS = ["a session secret for tests that is long enough"] as const;

const records = createVisitorRecords(null);
let integrations = 0;

/** Of an integration of its own. */
function create() {
  integrations += 1;
  return {
    sessions: createVisitorSessions({ secrets: SECRETS, audience: `integration-${integrations}`, records }),
  };
}

function toVisitor(
  sessions: ReturnType<typeof create>["sessions"],
  id: string,
  issuer: string | null = null,
) {
  const visitor = sessions.toVisitor({ subject: { source: "secret", issuer, id } });
  if (!visitor) throw new Error("a subject is a visitor");
  return visitor;
}

function tokenOf(sessionPublicId: string, owner: string | null = null): VerifiedToken {
  return {
    sessionPublicId,
    owner,
    identified: owner !== null,
    opened: false,
    issuedAtMs: 0,
    expiresAtMs: 1,
    stale: false,
  };
}

describe("the visitor", () => {
  it("[VISITOR-3] is source, issuer and id together", () => {
    const { sessions } = create();
    const subjects = [
      { source: "secret", issuer: null, id: "7" },
      { source: "key-set", issuer: null, id: "7" },
      { source: "application", issuer: null, id: "7" },
      { source: "secret", issuer: "", id: "7" },
      { source: "secret", issuer: "null", id: "7" },
      { source: "secret", issuer: '7"]', id: "" },
    ] as const;
    const visitors = subjects.map((subject) => sessions.toVisitor({ subject }));
    expect(new Set(visitors.map((visitor) => visitor?.ids[0])).size).toBe(subjects.length);
    expect(new Set(visitors.map((visitor) => visitor?.publicId)).size).toBe(subjects.length);
    expect(sessions.toVisitor({ name: "7", email: "7@shop.example" })).toBeNull();
  });
});

/** One step of one of three people, at one of four sessions, with the token of any of them or from before sign-in. */
const step = fc.record({
  what: fc.constantFrom("resume", "leave", "write", "end"),
  who: fc.constantFrom("ada", "bob", "eve"),
  session: fc.constantFrom("s1", "s2", "s3", "s4"),
  token: fc.constantFrom("none", "anonymous", "ada", "bob", "eve"),
});

describe("visitors who act in any order, also at the same time", () => {
  it("[VISITOR-2] [VISITOR-3] never get another visitor's session", async () => {
    const rounds = fc.array(fc.array(step, { minLength: 1, maxLength: 3 }), { maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(rounds, async (all) => {
        const { sessions } = create();
        const owners = new Map<string, string>();
        /** What tokens with an owner were issued. */
        const issued = new Set<string>();
        const gets = (who: string, session: string) => {
          expect(owners.get(session) ?? who, `${session} belongs to one visitor`).toBe(who);
          owners.set(session, who);
          issued.add(`${who} ${session}`);
        };
        for (const round of all) {
          await Promise.all(
            round.map(async ({ what, who, session, token }) => {
              const visitor = toVisitor(sessions, who);
              // Only tokens that exist.
              const isForged = token !== "anonymous" && !issued.has(`${token} ${session}`);
              const owner = token === "anonymous" ? null : toVisitor(sessions, token).ids[0];
              const held = token === "none" || isForged ? null : tokenOf(session, owner);
              if (what === "resume") {
                const found = await sessions.resume(visitor, held);
                if (found !== null) gets(who, found);
              } else if (what === "leave") {
                await sessions.leave(visitor, held);
              } else if (what === "end") {
                if (held) await sessions.ended(held);
              } else if (what === "write" && held) {
                const claimed = await sessions.claim(visitor, session, held.owner).catch(() => null);
                if (claimed === null) return;
                gets(who, session);
                await sessions.remember(visitor, session);
              }
            }),
          );
        }
      }),
      { numRuns: 300 },
    );
  });

  it("[VISITOR-1] a visitor has one session: the one found on all devices", async () => {
    const { sessions } = create();
    const ada = toVisitor(sessions, "ada");
    const found = await Promise.all(
      ["s1", "s2", "s3"].map((session) => sessions.resume(ada, tokenOf(session))),
    );
    expect(new Set(found).size).toBe(1);
    expect(await sessions.find(ada)).toBe(found[0]);
  });

  it("a session that is over again and again does not bring back the messages' place of one before", async () => {
    const { sessions } = create();
    const ada = toVisitor(sessions, "ada");
    const [owner] = ada.ids;
    const keys = new Set<string>();
    for (const session of ["s1", "s2", "s1", "s2", "s3", "s1"]) {
      keys.add((await sessions.toFirstKeys(ada))[0]);
      await sessions.ended({ sessionPublicId: session, owner });
    }
    keys.add((await sessions.toFirstKeys(ada))[0]);
    expect(keys.size).toBe(4);
    expect(await sessions.toFirstKeys(ada)).toHaveLength(2);
  });
});
