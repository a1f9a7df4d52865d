/**
 * Every promise of `docs/protocol.md`, with the id by which tests cite it: a test with `[SEND-3]` in its name proves
 * `SEND-3`. `test/requirements.test.ts` fails on a promise that no test cites, and on a citation of no promise.
 */
export const REQUIREMENTS = {
  // Routes
  "CONFIG-1": "`GET config` answers every documented field, an ETag and `Cache-Control: public, max-age=60`.",
  "CONFIG-2": "`realtime.ws` is resolved against the URL of `config`, and http becomes ws.",
  "AWAY-1": "`config` contains the owner's away message and the next opening time.",
  "AWAY-2":
    "The email address requested while the owner is away is sent with the message, and may be left out.",
  "STATUS-1": "`GET status` returns the owner's status: online, away or unknown.",
  "HEALTH-1": "`healthz` answers 200 while the process lives, whatever the platform does.",
  "READY-1": "`readyz` answers 503 until the platform has been reached once, and while its key is refused.",
  "READY-2": "A platform outage after the first success shows in `readyz` as a check, with status 200.",
  "ASSET-1":
    "`widget.js` and its chunks are served compressed, with ETag and headers that let every site load them.",
  "ASSET-2": "Files with a hash in their name are immutable; `widget.js` is revalidated.",
  "PAGE-1": "`GET chat` is a page that is nothing but the chat, if its own origin is allowed.",

  // Messages
  "CONTENT-1": "Content is trimmed, its newlines become LF, and everything else arrives to the letter.",
  "CONTENT-2": "Empty, over-long, NUL-carrying and ill-formed content is `invalid_request`.",
  "ORDER-1": "Messages stand in the order of `createdAt`, ties in the platform's own order.",
  "ORDER-2": "A known id again replaces the message's fields and never adds a second message.",

  // Sending
  "SEND-1": "The first message opens a session and is answered 201 with the message and a session grant.",
  "SEND-2": "The same `clientMessageId` again is answered 200 with the same message, and sends nothing.",
  "SEND-3": "The same `clientMessageId` with another body is `client_message_id_reused`.",
  "SEND-4": "Concurrent first messages with one `visitorKey` land in one session.",
  "SEND-5": "Retries that overlap in time join: one message on the platform, the same answer for all.",
  "SEND-6": "Equal texts sent on purpose under different ids are different messages.",
  "SEND-7": "Repeating a send of a continued session needs that session's token.",
  "CONTEXT-1":
    "Of a context, only what the owner lists is passed on; no visitor sees it, and no message is refused or doubled for it.",
  "BODY-1": "Bodies over 64 KiB, of another type, compressed or not JSON are refused with their own codes.",
  "PARAM-1": "A query parameter given twice or as `name[…]` is `invalid_request`; unknown ones are ignored.",

  // Reading
  "READ-1": "`GET messages` with a cursor answers what the cursor has not seen, in order.",
  "READ-2": "`wait` holds the answer until there is a message, at most as long as asked.",
  "READ-3": "`since` as a time answers messages strictly later; one without offset or far ahead is refused.",
  "READ-4": "At most 200 messages an answer, with `more`; without `since` the newest 200, with `truncated`.",
  "READ-5": "`since` and `wait` may come as headers, so that the URL stays constant.",
  "CURSOR-1": "A cursor begins `c1.`, is at most 1 KB, and any replica resumes from it.",
  "CURSOR-2": "A message that appears up to 60 s late is still delivered to a reader with a cursor.",

  // Sessions and tokens
  "TOKEN-1":
    "A token opens one session of one integration; forged, expired and foreign ones are `session_token_invalid`.",
  "TOKEN-2": "A token names no id of the platform but the session, and a fresh one comes past half its life.",
  "SESSION-1":
    "Another's session and one that does not exist are answered alike, without asking the platform.",
  "SESSION-2": "First messages without a `visitorKey` share no session, however alike they are.",
  "IDENTITY-1":
    "A valid identity token names the visitor to the owner; an altered or expired one is `identity_invalid`.",
  "VISITOR-1": "If it is switched on, a signed-in visitor has one conversation, in every browser.",
  "VISITOR-2":
    "A session begun before sign-in belongs to the first visitor who signs in with it, and to nobody else.",
  "VISITOR-3": "Another subject, or the same one of another issuer, is never given the visitor's session.",

  // Origins and secrets
  "ORIGIN-1":
    "Only listed origins are answered, by exact scheme, host and port; a wildcard stands for one label.",
  "ORIGIN-2": "The same rule holds for the upgrade, where a missing origin is refused too.",
  "ORIGIN-3": "Answers say `Vary: Origin`, allow no credentials, and preflights are cached.",
  "ORIGIN-4": "The visitor's origin goes to the platform.",
  "SECRET-1": "The API key and the integration's ids reach no answer, frame or bundle.",
  "SECRET-2":
    "No log line holds a token, a visitor key, a query string, a raw session id or message content.",
  "ERROR-1": "Every error is problem+json with a code of the table, a request id and the CORS headers.",
  "LIMIT-1": "Over a limit the answer is `rate_limited` with an honest `Retry-After`.",

  // WebSocket
  "SOCKET-1":
    "After hello comes ready, within 1 s even where the platform is slow, with what the cursor has not seen.",
  "SOCKET-2": "A socket without hello is closed 4408; with a wrong token 4401; with a malformed frame 4400.",
  "SOCKET-3": "Messages are pushed with a cursor that resumes after them.",
  "SOCKET-4": "A socket that does not answer a ping is closed.",
  "SOCKET-5": "A binary frame closes 1003, one over 4 KiB closes 1009, and unknown types are ignored.",
  "FALLBACK-1":
    "Where upgrades are refused, hang or close at once, two-way chat stands within 15 s by long poll.",

  // Delivery
  "DELIVERY-1": "A send shown as sent is on the platform exactly once, whatever failed on the way.",
  "DELIVERY-2":
    "A send that could not be sent stays in the widget, survives a reload, and is retried in order.",
  "DELIVERY-3":
    "The visitor sees every message exactly once, in order, over every mix of transports and faults.",
  "DELIVERY-4":
    "250 messages added while the visitor is cut off are all there, in order, within 10 s of the cure.",
  "DELIVERY-5": "Twenty cuts leave no growth in the page or its storage.",
  "DELIVERY-6": "A restart of the BFF, with or without Redis, loses and doubles nothing.",
  "DELIVERY-7": "Replicas that share a Redis keep the promise without sticky sessions.",
  "DELIVERY-8": "A Redis that loses its data while sends are under way loses and doubles nothing.",
  "DRAIN-1":
    "On SIGTERM sockets are told to reconnect, open sends are finished, and the process ends with 0 within 10 s.",
  "STORM-1":
    "Clients of a restarted BFF come back spread out: no second holds more than 15 % of the attempts.",

  // Process
  "PROCESS-1":
    "Wrong or missing configuration ends the process with 78 and one line per problem naming the variable.",

  // Widget
  "CHAT-1": "A visitor and the owner talk to each other, live, from two origins.",
  "CHAT-2": "From the owner's reply to the visitor's page it takes less than 150 ms at the median.",
  "CHAT-3": "A reload and a second page continue the same session.",
  "EMBED-1": "Before the visitor's first intent: one request, no storage, no cookie.",
  "EMBED-2":
    "The widget works under a policy that allows it only its BFF, with Trusted Types, without a violation.",
  "EMBED-3": "The browser calls nothing but the BFF.",
  "STORAGE-1":
    "The widget keeps one key and its suffixes in localStorage, written at the first send at the earliest, and no cookie.",
  "STORAGE-2":
    "`reset()` removes every key of its base URL before it returns, whatever has been loaded, and no other's.",
  "STORAGE-3":
    "The session that is sent to is the session that is read, also after a page has cleared its storage.",
  "TABS-1": "Tabs share one session, its messages and its unread count.",
  "A11Y-1":
    "Launcher, panel, history, composer and messages carry their documented roles, names and attributes.",
  "A11Y-2": "A whole conversation can be held by keyboard alone.",
  "A11Y-3":
    "No accessibility rule is broken, in light and dark, on desktop and phone, in widget and console.",

  // Repository
  "DEMO-1": "The demo builds, starts three servers, prints their addresses, and leaves nothing behind.",
  "DEMO-2": "A taken port ends the demo with one line that names the port and its variable.",
} as const satisfies Record<string, string>;

export type RequirementId = keyof typeof REQUIREMENTS;
