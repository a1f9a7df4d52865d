import { broken, HOLDS, type Probe, refusedWith, skipped } from "./probe.ts";
import type { OpenSocket, ProbeContext } from "./probe-context.ts";
import { mentions } from "./read-answer.ts";

/** The two sockets. */
export const SOCKET_PROBES: readonly Probe[] = [
  {
    id: "visitor-socket-pushes",
    behaviour: "The visitor socket opens for a session that exists, without a key, and pushes its messages",
    async run(context) {
      const session = await context.session();
      const socket = await open(
        context,
        "visitor socket",
        visitorPath(context, session),
        context.options.origin,
      );
      try {
        const text = context.uniqueText("over the visitor socket");
        await context.send(text, session);
        const frame = await socket.waitFor((candidate) => mentions(candidate, text));
        return frame === null ? broken("no frame with the message came") : HOLDS;
      } finally {
        socket.close();
      }
    },
  },
  {
    id: "visitor-socket-unknown-session",
    behaviour: "The visitor socket is refused for a session that does not exist",
    async run(context) {
      const path = visitorPath(context, `no-such-session-${Date.now()}`);
      const outcome = await context.connect("visitor socket", path, context.options.origin);
      if (outcome.name === "refused") return refusedWith(outcome.status, 404, 403, 401, 400);
      if (outcome.name === "failed") return broken(outcome.detail);
      outcome.close();
      return broken("it was opened");
    },
  },
  {
    id: "owner-socket-pushes",
    behaviour: "The owner socket opens with an owner's token and pushes visitors' messages",
    async run(context) {
      const { ownerToken, origin } = context.options;
      if (ownerToken === null) return skipped("no --owner-token was given");
      const session = await context.session();
      const socket = await open(context, "owner socket", ownerPath(context, ownerToken), origin);
      try {
        const text = context.uniqueText("over the owner socket");
        await context.send(text, session);
        const frame = await socket.waitFor((candidate) => mentions(candidate, text));
        return frame === null ? broken("no frame with the message came") : HOLDS;
      } finally {
        socket.close();
      }
    },
  },
  {
    id: "owner-socket-token",
    behaviour: "The owner socket is refused without a valid token",
    async run(context) {
      const outcome = await context.connect(
        "owner socket",
        ownerPath(context, "not-a-token"),
        context.options.origin,
      );
      if (outcome.name === "refused") return refusedWith(outcome.status, 401, 403);
      if (outcome.name === "failed") return broken(outcome.detail);
      outcome.close();
      return broken("it was opened");
    },
  },
];

export function visitorPath({ options }: ProbeContext, sessionPublicId: string): string {
  const { projectUid, integrationId } = options;
  return `/api/v1/chat/visitor-ws?${new URLSearchParams({ projectUid, integrationId, sessionPublicId })}`;
}

/** @throws with what the platform did instead of opening it */
export async function open(
  context: ProbeContext,
  label: string,
  path: string,
  origin: string,
): Promise<OpenSocket> {
  const outcome = await context.connect(label, path, origin);
  if (outcome.name === "open") return outcome;
  throw new Error(outcome.name === "refused" ? `it was refused with ${outcome.status}` : outcome.detail);
}

function ownerPath({ options }: ProbeContext, token: string): string {
  return `/api/v1/chat/ws?${new URLSearchParams({ integrationId: options.integrationId, token })}`;
}
