/**
 * Properties that only the panel and the client speak of among themselves: in the script tag's files they get names of
 * one letter or two. None of them is known to the page, the loader, the wire, storage or another release in the next
 * tab; `internal-names.test.ts` looks for that. Nor is one of them what a file exports: exports keep their names.
 */
export const INTERNAL_NAMES: readonly string[] = `
  deliver dial established fetchPage isReachable isShared listen lose onConfirmed onEnded onNews passing prove
  proven pump rung setTimer stopListening stopTimers tell toLadder toPauseMs toSnapshot

  draft findBox firstUnreadId focusFirst hasMissed hasSession hush isFirst isFullScreen isLast isLive isOpen
  keyPressed markRead maxUnits notice occasional prepare reading replacement retryInMs scrolled startsDay
  startsUnread toEnd toggleMenu viewHint viewPill writing

  baseMs child fault maxMs
`
  .trim()
  .split(/\s+/);
