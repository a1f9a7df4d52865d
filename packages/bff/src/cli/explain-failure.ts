import { assertNever } from "@mailoo-chat/protocol";
import type { MailooError } from "../platform/errors.ts";

/** Explains a failed call to the platform to the operator. */
interface Explanation {
  /** Stable, for scripts. */
  readonly id: "platform-status" | "platform-project" | "platform-integration" | "platform-integration-type";
  readonly message: string;
  readonly fix: string;
}

export function explainFailure(error: MailooError): Explanation {
  return explainByCode(error) ?? { id: "platform-status", ...explainByKind(error) };
}

/** The platform's own code is more specific than the status, if it names the project or the integration. */
function explainByCode({ failure, platformCode }: MailooError): Explanation | null {
  if (platformCode === null || (failure.kind !== "refused" && failure.kind !== "unauthorised")) return null;
  const known = CODES.find(({ pattern }) => pattern.test(platformCode));
  if (!known) return null;
  const { id, message, fix } = known;
  return { id, message: `${message} (${platformCode}).`, fix };
}

const CODES = [
  {
    pattern: /project/i,
    id: "platform-project",
    message: "The platform does not know this project, or the API key belongs to another one",
    fix: "Copy the project's id from the dashboard into MAILOO_CHAT_INTEGRATION_PROJECT_UID, and use an API key of that project.",
  },
  {
    pattern: /type|jsbox/i,
    id: "platform-integration-type",
    message: "The integration is not of type JSBOX: it is of another type, such as a form",
    fix: "Set MAILOO_CHAT_INTEGRATION_ID to the id of a JSBOX integration; `mailoo-chat-bff init` creates one.",
  },
  {
    pattern: /integration/i,
    id: "platform-integration",
    message: "The platform does not know this integration in this project",
    fix: "Copy the ids of the project and of a JSBOX integration from the dashboard into MAILOO_CHAT_INTEGRATION_PROJECT_UID and MAILOO_CHAT_INTEGRATION_ID; `mailoo-chat-bff init` creates an integration.",
  },
] as const;

type Text = Omit<Explanation, "id">;

function explainByKind({ failure, cause }: MailooError): Text {
  switch (failure.kind) {
    case "unreachable":
      return explainUnreachable(cause instanceof Error ? cause.message : "");
    case "no-answer":
      return {
        message: failure.timedOut
          ? "The platform accepted the request but did not answer in time."
          : "The platform accepted the request but closed the connection before it answered.",
        fix: "Try again in a minute. If it happens again, something between this machine and the platform drops answers: ask the administrator of the network or of the platform.",
      };
    case "server-error":
      return {
        message: `The platform answered ${failure.status}: it has an internal problem.`,
        fix: "Try again in a few minutes, and look at the platform's status page.",
      };
    case "malformed":
      return {
        message: `This version does not understand the answer, which has the keys ${failure.keysSeen.join(", ") || "of no JSON object"}.`,
        fix: "Check that MAILOO_CHAT_INTEGRATION_API is the platform's API and not its website. If it is, please report the keys.",
      };
    case "rate-limited":
      return {
        message: "The platform has limited this key: too many requests.",
        fix: "Wait a minute. If it happens in daily use, lower MAILOO_CHAT_LIMIT_UPSTREAM_READS and MAILOO_CHAT_LIMIT_UPSTREAM_SENDS.",
      };
    case "unauthorised":
      return failure.status === 401
        ? {
            message: "The platform does not accept the API key for this request.",
            fix: "Copy the key again from the dashboard into MAILOO_CHAT_INTEGRATION_API_KEY (it may have been revoked). It needs the scope chat.send-message, and webhook.chat-integration-create to create integrations.",
          }
        : {
            message: "The platform accepts the API key, but not the origin.",
            fix: "Add the origin to the integration's allowed origins in the dashboard, spelt exactly as in MAILOO_CHAT_ALLOWED_ORIGINS.",
          };
    case "session-unknown":
    case "session-closed":
      return UNKNOWN_HERE;
    case "refused":
      if (failure.status === 404) return UNKNOWN_HERE;
      return {
        message: `The platform refused the request with ${failure.status}.`,
        fix: "Check MAILOO_CHAT_INTEGRATION_API: a redirect or a refusal here often means another host or path. Check that MAILOO_CHAT_INTEGRATION_ID is a JSBOX integration.",
      };
    case "circuit-open":
    case "over-budget":
      return {
        message: "The request was not sent, after too many failures.",
        fix: "Fix the other findings, and try again.",
      };
    default:
      return assertNever(failure);
  }
}

function explainUnreachable(code: string): Text {
  const known = UNREACHABLE.find(({ codes }) => codes.test(code));
  if (known) return { message: `The platform cannot be reached: ${known.why} (${code}).`, fix: known.fix };
  return {
    message: "The platform cannot be reached: nothing answers at that address.",
    fix: "Check MAILOO_CHAT_INTEGRATION_API, and that this machine may open connections to it (firewall, proxy).",
  };
}

const UNREACHABLE = [
  {
    codes: /^(ENOTFOUND|EAI_\w+)$/,
    why: "its name is not found",
    fix: "Check the spelling of the host in MAILOO_CHAT_INTEGRATION_API, and this machine's DNS.",
  },
  {
    codes: /^ECONNREFUSED$/,
    why: "nothing listens at that address",
    fix: "Check host and port in MAILOO_CHAT_INTEGRATION_API. In a container, localhost is the container itself.",
  },
  {
    codes: /CERT|SELF_SIGNED|UNABLE_TO_/,
    why: "its certificate is not accepted",
    fix: "Have the certificate renewed, or name the authority that signed it in NODE_EXTRA_CA_CERTS.",
  },
  {
    codes: /SSL|TLS|EPROTO/,
    why: "the server does not use TLS",
    fix: "Check whether MAILOO_CHAT_INTEGRATION_API should begin with http or https, and its port.",
  },
] as const;

const UNKNOWN_HERE: Text = {
  message:
    "The platform does not know this project or integration, or another program answers at this address.",
  fix: "Check MAILOO_CHAT_INTEGRATION_PROJECT_UID, MAILOO_CHAT_INTEGRATION_ID (it must be a JSBOX integration) and MAILOO_CHAT_INTEGRATION_API against the dashboard.",
};
