import { assertNever } from "@mailoo-chat/protocol";
import type { MailooFailure } from "../platform/errors.ts";

/** What a failed call to the platform means for the operator. */
export interface Explanation {
  readonly message: string;
  readonly fix: string;
}

/** @param cause what the failure says of its reason: an error with a system's or library's code for a message */
export function explainFailure(failure: MailooFailure, cause?: unknown): Explanation {
  switch (failure.kind) {
    case "unreachable":
      return explainUnreachable(cause instanceof Error ? cause.message : "");
    case "no-answer":
      return {
        message: failure.timedOut
          ? "The platform took the request and did not answer in time."
          : "The platform took the request and cut the connection before it answered.",
        fix: "Try again in a minute. If it stays so, something between here and the platform drops answers: ask whoever runs the network or the platform.",
      };
    case "server-error":
      return {
        message: `The platform answered ${failure.status}: it has trouble of its own.`,
        fix: "Try again in a few minutes, and look at the platform's status page.",
      };
    case "malformed":
      return {
        message: `The answer makes no sense to this version; it has the keys ${failure.keysSeen.join(", ") || "of no JSON object"}.`,
        fix: "Check that MAILOO_CHAT_INTEGRATION_API is the platform's API and not its website. If it is, please report the keys.",
      };
    case "rate-limited":
      return {
        message: "The platform refuses for now: too many requests with this key.",
        fix: "Wait a minute, and lower MAILOO_CHAT_LIMIT_UPSTREAM_READS and _SENDS if it happens in daily use.",
      };
    case "unauthorised":
      return failure.status === 401
        ? {
            message: "The platform does not accept the API key for this.",
            fix: "Copy the key anew from the dashboard into MAILOO_CHAT_INTEGRATION_API_KEY (it may have been revoked), and give it the scope chat.send-message; to create integrations it needs webhook.chat-integration-create.",
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
        fix: "Check MAILOO_CHAT_INTEGRATION_API: a redirect or a refusal here often means another host or path.",
      };
    case "circuit-open":
    case "over-budget":
      return {
        message: "The request was held back here, after too many failures.",
        fix: "Mend what the other findings name, and try again.",
      };
    default:
      return assertNever(failure);
  }
}

function explainUnreachable(code: string): Explanation {
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
    fix: "Check the host in MAILOO_CHAT_INTEGRATION_API letter by letter, and this machine's DNS.",
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
    why: "the other side does not speak TLS as it should",
    fix: "Check whether MAILOO_CHAT_INTEGRATION_API should begin with http or https, and its port.",
  },
] as const;

const UNKNOWN_HERE: Explanation = {
  message:
    "The platform does not know this project or integration, or it is another program that answers there.",
  fix: "Check MAILOO_CHAT_INTEGRATION_PROJECT_UID, MAILOO_CHAT_INTEGRATION_ID (it must be a JSBOX integration) and MAILOO_CHAT_INTEGRATION_API against the dashboard.",
};
