import { type Comparison, SLOWDOWN } from "./compare-widgets.ts";
import { toComparisonTables } from "./comparison-tables.ts";

/** `docs/comparison.md`, whole. */
export function toComparisonPage(comparison: Comparison): string {
  const { measuredAt, machine, browser, runs, widgets } = comparison;
  const rows = widgets.map(
    ({ name, version, embedding }) => `| ${name} | ${version ?? "this repository"} | ${embedding} |`,
  );
  return `# What the widget costs a page, beside its peers

Measured ${measuredAt.slice(0, 10)} by \`pnpm bench:widget --write\`, which wrote this page, on ${machine}, with ${browser}. Run it yourself: it installs the peers from npm into a folder of its own and takes a few minutes. Byte and element counts come out the same everywhere; times do not, so compare them only within one run.

| | version | embedded as |
| --- | --- | --- |
${rows.join("\n")}

${toComparisonTables(comparison)}

## How it is measured

- Each chat stands on the same plain page, embedded as its own documentation says, from its own npm files, served from another origin of the same machine. A stub answers what its backend would: a configuration and, where the backend brings it, a greeting.
- **Bytes** are those of all bodies that the chat's server sends, scripts, styles, pages and answers, each after Brotli at its highest level, whoever compresses it in practice. The page itself is not counted. What a chat asks of a third server (deep-chat and typebot ask for a font) counts as a request, and weighs nothing here, because nothing leaves the machine.
- **Drawn**: from the start of the page until the launcher is visible and the network has been quiet for half a second. deep-chat has no launcher: what is drawn is the whole chat, so its figures stand in both columns, and what takes time at opening is left out.
- **Opened**: after a click on the launcher, until there is a text box and the network is quiet again. Bytes, requests, heap and elements are the sum up to there; times are those of the opening alone.
- **Script** and **all tasks** are the processor's time on the main thread, as DevTools counts it (\`Performance.getMetrics\`, thread ticks). **Blocking** is what long tasks take beyond their first 50 ms, by the clock. **Heap** is what is in use after garbage collection. **Elements** count shadow roots and iframes.
- Every visit has an empty cache and a context of its own. All chats are visited in turn, ${runs} times at full speed and ${runs} times with the processor slowed ${SLOWDOWN} times; the figures are medians, less those of the page without a chat.

## What the others do more

These are not the same product with more bytes. Whoever needs one of these should take it, and pay for it:

- **deep-chat** is a component for talking to language models: files, camera, microphone, speech in and out, Markdown and code, direct connections to some twenty AI services, a model in the browser.
- **react-chatbotify** runs scripted flows in a React page: themes and plugins, options and checkboxes, voice, emoji picker, file attachments. A page that has React anyway pays for it once: most of what is counted here is React.
- **typebot** shows what its visual builder makes: conditions, forms, payments, files, embedded media, themes.
- **flowise-embed** talks to Flowise: streamed answers, files, recordings, sources, feedback, forms for leads.
- **Rocket.Chat Livechat** belongs to a whole help desk: departments, queues, triggers, files, emoji picker, audio and video calls. Its last release on npm is old; newer ones come with the server. Since it lives in an iframe, its styles and the page's cannot meet.

What is compared here is the way to the first message: a launcher, a panel, a greeting, a text box.
`;
}
