import { broken, HOLDS, type Probe, refusedWith, skipped, type Verdict } from "./probe.ts";
import type { ProbeContext } from "./probe-context.ts";
import { findList, mentions, readAuthor } from "./read-answer.ts";
import { open, visitorPath } from "./socket-probes.ts";

/** The owner's API with a Bearer JWT. */
export const DASHBOARD_PROBES: readonly Probe[] = [
  {
    id: "dashboard-token",
    behaviour: "The dashboard is refused without a valid token",
    async run(context) {
      const path = `${context.dashboardPath}/sessions`;
      const without = await context.call("sessions without a token", "GET", path, { key: null });
      const verdict = refusedWith(without.status, 401, 403);
      if (verdict.name !== "holds") return verdict;
      const wrong = await context.call("sessions with a wrong token", "GET", path, {
        ownerToken: "not-a-token",
      });
      return refusedWith(wrong.status, 401, 403);
    },
  },
  {
    id: "dashboard-sessions",
    behaviour: "The dashboard lists a session once a visitor has written",
    run: withOwner(async (context, ownerToken) => {
      const session = await context.session();
      const path = `${context.dashboardPath}/sessions`;
      const { status, body } = await context.call("sessions", "GET", path, { ownerToken });
      if (status !== 200) return broken(`answered ${status}`);
      return mentions(findList(body), session) ? HOLDS : broken("the session is not listed");
    }),
  },
  {
    id: "dashboard-history",
    behaviour: "The dashboard shows a session's messages",
    run: withOwner(async (context, ownerToken) => {
      const session = await context.session();
      const { status, body } = await context.call("dashboard history", "GET", historyPath(context, session), {
        ownerToken,
      });
      if (status !== 200) return broken(`answered ${status}`);
      return (findList(body)?.length ?? 0) > 0 ? HOLDS : broken("no messages are listed");
    }),
  },
  {
    id: "dashboard-reply",
    behaviour: "An owner's reply is in the visitor's history, as the owner's, and on the visitor socket",
    run: withOwner(async (context, ownerToken) => {
      const session = await context.session();
      const socket = await open(
        context,
        "visitor socket",
        visitorPath(context, session),
        context.options.origin,
      );
      try {
        const text = context.uniqueText("a reply");
        const path = `${context.dashboardPath}/sessions/${encodeURIComponent(session)}/reply`;
        const { status } = await context.call("reply", "POST", path, { ownerToken, json: { content: text } });
        if (status < 200 || status > 299) return broken(`answered ${status}`);
        const listed = await context.call("list", "GET", `${context.chatPath}/sessions/${session}/messages`);
        const reply = findList(listed.body)?.find((message) => mentions(message, text));
        if (reply === undefined) return broken("it is not in the history");
        if (readAuthor(reply) !== "owner") return broken("it is not marked as the owner's");
        const frame = await socket.waitFor((candidate) => mentions(candidate, text));
        return frame === null ? broken("no frame with the reply came") : HOLDS;
      } finally {
        socket.close();
      }
    }),
  },
];

function withOwner(run: (context: ProbeContext, ownerToken: string) => Promise<Verdict>): Probe["run"] {
  return async (context) => {
    const { ownerToken } = context.options;
    return ownerToken === null ? skipped("no --owner-token was given") : run(context, ownerToken);
  };
}

function historyPath({ dashboardPath }: ProbeContext, session: string): string {
  return `${dashboardPath}/sessions/${encodeURIComponent(session)}/messages`;
}
