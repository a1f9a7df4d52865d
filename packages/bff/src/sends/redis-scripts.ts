import type { RedisOptions, Result } from "ioredis";

/*
 * The Lua scripts that change sends on Redis. Each works on the keys of one scope, which share a cluster slot:
 *
 *   mc:send:{scope}               hash  holder leaseUntil fence settleUntil session last   (holder: "<id> <replica>")
 *   mc:send:{scope}:<id>          hash  state bodyHash after firstAttemptAt leaseUntil fence messageId createdAt session
 *   mc:send:{scope}:m:<messageId> text  "<id> <createdAt> [<firstAttemptAt>] [found]": the send that a message is recorded for
 *
 * All times are Redis's own, so that the replicas' clocks do not matter. An empty string means null.
 *
 * During an upgrade two releases share a Redis, and records are read for a week. Fields may be added, and older releases
 * ignore them. A format that older releases would misread needs a new prefix instead of `mc:send:`.
 */

const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function text(value) return value or '' end
local function number(value) return value and tonumber(value) or 0 end
local function whole(value) return string.format('%.0f', value) end
`;

/**
 * KEYS scope, record · ARGV holder, bodyHash, attempt, after, ttlMs, leaseMs, settleAfterLeaseMs, notAfter
 *
 * If a stalled server runs the command after `notAfter`, it does nothing, because its caller has given up.
 */
const CLAIM = `${NOW}
local holder, bodyHash, attempt, after = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
local ttlMs, leaseMs, settleAfterLeaseMs = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
if ARGV[8] ~= '' and now > tonumber(ARGV[8]) then return {'late', whole(now)} end

local record = redis.call('HMGET', KEYS[2], 'state', 'bodyHash', 'after', 'messageId', 'createdAt', 'session')
local state = record[1]
-- In a state of a later release that this one does not know: all we know is that it may be sent.
local isUnknown = state and not string.find(' unsent pending accepted sent ', ' ' .. state .. ' ', 1, true)
if isUnknown then state = 'pending' end
if state and not isUnknown and record[2] ~= bodyHash then return {'reused', whole(now)} end
if state == 'sent' then return {'sent', whole(now), record[4], record[5], text(record[6])} end

local scope = redis.call('HMGET', KEYS[1], 'holder', 'leaseUntil', 'settleUntil', 'session', 'last', 'fence')
local settleUntil = number(scope[3])
if scope[1] then
  local leaseUntil = number(scope[2])
  if leaseUntil > now then
    local isSame = string.match(scope[1], '^%S+') == string.match(holder, '^%S+')
    return {'busy', whole(now), whole(leaseUntil - now), isSame and 'same' or '', text(record[3])}
  end
  settleUntil = math.max(settleUntil, leaseUntil + settleAfterLeaseMs)
  redis.call('HSET', KEYS[1], 'settleUntil', whole(settleUntil))
  redis.call('HDEL', KEYS[1], 'holder', 'leaseUntil')
end
local settleIn = whole(math.max(0, settleUntil - now))
if scope[4] and state ~= 'accepted' then
  return {'moved', whole(now), scope[4], state or '', settleIn}
end

if state and not isUnknown then
  after = text(record[3])
elseif not state and after == '' and attempt == 1 then
  after = text(scope[5])
end
-- Microseconds instead of a counter from 1: after Redis has lost its data, an old lease must not look like a new one.
local fence = math.max(number(scope[6]) + 1, time[1] * 1000000 + time[2])
local leaseUntil = whole(now + leaseMs)
redis.call('HSET', KEYS[1], 'holder', holder, 'leaseUntil', leaseUntil, 'fence', whole(fence))
redis.call('HSET', KEYS[2], 'state', state == 'accepted' and 'accepted' or 'pending', 'bodyHash', bodyHash,
  'after', after, 'leaseUntil', leaseUntil, 'fence', whole(fence))
if not state then
  if attempt == 1 then redis.call('HSET', KEYS[2], 'firstAttemptAt', whole(now)) end
  redis.call('PEXPIRE', KEYS[1], ttlMs)
  redis.call('PEXPIRE', KEYS[2], ttlMs)
end
return {'claimed', whole(now), whole(fence), state or 'new', after, settleIn, text(record[6])}
`;

/** KEYS scope, record · ARGV fence, leaseMs, after */
const RENEW = `${NOW}
local scope = redis.call('HMGET', KEYS[1], 'holder', 'fence')
if not scope[1] or scope[2] ~= ARGV[1] then return {'lease-lost'} end
local leaseUntil = whole(now + tonumber(ARGV[2]))
redis.call('HSET', KEYS[1], 'leaseUntil', leaseUntil)
redis.call('HSET', KEYS[2], 'leaseUntil', leaseUntil)
if ARGV[3] ~= '' then redis.call('HSET', KEYS[2], 'after', ARGV[3]) end
return {'done'}
`;

/**
 * KEYS scope, record, message · ARGV mode, fence, id, bodyHash, after, state, messageId, createdAt, session, settleInMs,
 * ttlMs
 *
 * mode `strict-…`: refused with an old fence · `late-…`: without a lease · `…-opened`: the first message of its session ·
 * `…-found`: refused if the message is recorded for another send · `…-named`: refused if another send has found it. A send
 * that is recorded as sent keeps that state and its message.
 */
const SETTLE = `${NOW}
local mode, fence, id, bodyHash, after, state = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local messageId, createdAt, session = ARGV[7], ARGV[8], ARGV[9]
local settleInMs, ttlMs = tonumber(ARGV[10]), tonumber(ARGV[11])

local scope = redis.call('HMGET', KEYS[1], 'holder', 'fence', 'settleUntil')
local held = scope[1] and scope[2] == fence
local isFound, isNamed = string.find(mode, 'found$') ~= nil, string.find(mode, 'named$') ~= nil
if string.find(mode, '^strict') and not held then return {'lease-lost'} end
local record = redis.call('HMGET', KEYS[2], 'state', 'messageId')
if record[1] == 'sent' then
  if held then redis.call('HDEL', KEYS[1], 'holder', 'leaseUntil') end
  return {state == 'sent' and record[2] ~= messageId and 'already-sent' or 'done'}
end
if state == 'sent' then
  local claimedBy = redis.call('GET', KEYS[3])
  local isOthers = claimedBy and string.match(claimedBy, '^%S+') ~= id
  if isOthers and (isFound or isNamed and string.find(claimedBy, ' found$')) then return {'taken'} end
  local begunAt = mode == 'late-opened' and whole(now) or text(redis.call('HGET', KEYS[2], 'firstAttemptAt'))
  local claim = id .. ' ' .. createdAt .. ' ' .. begunAt .. (isFound and ' found' or '')
  if not claimedBy then redis.call('SET', KEYS[3], claim, 'PX', ttlMs) end
  redis.call('HSET', KEYS[1], 'last', messageId)
  redis.call('HSET', KEYS[2], 'messageId', messageId, 'createdAt', createdAt)
end
redis.call('HSET', KEYS[2], 'state', state, 'bodyHash', bodyHash, 'after', after)
redis.call('HDEL', KEYS[2], 'leaseUntil')
if session ~= '' then
  redis.call('HSET', KEYS[1], 'session', session)
  redis.call('HSET', KEYS[2], 'session', session)
end
if settleInMs > 0 then
  redis.call('HSET', KEYS[1], 'settleUntil', whole(math.max(number(scope[3]), now + settleInMs)))
end
if held then redis.call('HDEL', KEYS[1], 'holder', 'leaseUntil') end
for _, key in ipairs({KEYS[1], KEYS[2]}) do
  if redis.call('PTTL', key) == -1 then redis.call('PEXPIRE', key, ttlMs) end
end
return {'done'}
`;

/** KEYS scope · ARGV holder: returns a lease whose claim was never answered. */
const ABANDON = `
if redis.call('HGET', KEYS[1], 'holder') == ARGV[1] then redis.call('HDEL', KEYS[1], 'holder', 'leaseUntil') end
return {'done'}
`;

/** KEYS scope · ARGV session */
const FORGET_SESSION = `
if redis.call('HGET', KEYS[1], 'session') == ARGV[1] then redis.call('HDEL', KEYS[1], 'session') end
return {'done'}
`;

/** KEYS since: since when every claim is on this Redis. */
const COVERED_SINCE = `${NOW}
redis.call('SET', KEYS[1], whole(now), 'NX')
return {whole(now), redis.call('GET', KEYS[1])}
`;

/**
 * For ioredis, which makes each script a method and runs it by its hash. Replies are strings, so that nothing is rounded.
 */
export const SEND_SCRIPTS = {
  claimSend: { numberOfKeys: 2, lua: CLAIM },
  renewSend: { numberOfKeys: 2, lua: RENEW },
  settleSend: { numberOfKeys: 3, lua: SETTLE },
  abandonSend: { numberOfKeys: 1, lua: ABANDON },
  forgetSendSession: { numberOfKeys: 1, lua: FORGET_SESSION },
  sendsCoveredSince: { numberOfKeys: 1, lua: COVERED_SINCE },
} satisfies RedisOptions["scripts"];

type KeysAndArguments = readonly (string | number)[];

declare module "ioredis" {
  interface RedisCommander<Context> {
    claimSend(...parameters: KeysAndArguments): Result<string[], Context>;
    renewSend(...parameters: KeysAndArguments): Result<string[], Context>;
    settleSend(...parameters: KeysAndArguments): Result<string[], Context>;
    abandonSend(...parameters: KeysAndArguments): Result<string[], Context>;
    forgetSendSession(...parameters: KeysAndArguments): Result<string[], Context>;
    sendsCoveredSince(...parameters: KeysAndArguments): Result<string[], Context>;
  }
}
