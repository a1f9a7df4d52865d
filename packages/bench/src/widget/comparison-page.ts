import { type Comparison, SLOWDOWN } from "./compare-widgets.ts";
import { toComparisonTables } from "./comparison-tables.ts";

/** `docs/comparison.md`, whole. */
export function toComparisonPage(comparison: Comparison): string {
  const { measuredAt, machine, browser, runs, widgets } = comparison;
  const rows = widgets.map(
    ({ name, version, embedding }) => `| ${name} | ${version ?? "this repository"} | ${embedding} |`,
  );
  return `# Comparison with other chat widgets

What does a chat widget cost a page, before and after a visitor opens it?

Measured ${measuredAt.slice(0, 10)} on ${machine}, with ${browser}. \`pnpm bench:widget --write\` repeats it and writes this page. The command installs the other widgets from npm and takes a few minutes. Times depend on the machine: compare them only within one run.

| | version | embedded as |
| --- | --- | --- |
${rows.join("\n")}

${toComparisonTables(comparison)}

## Method

- Each widget runs on the same plain page, embedded as its documentation says. Its files are those of its npm package, served from another origin of the same machine. A stub replaces its backend.
- **Bytes** are the bodies of all answers of the widget's server, each compressed with Brotli 11. The page is not counted. A request to a third server (deep-chat and typebot ask for a font) counts as a request without bytes.
- **Closed**: until the launcher is visible and the network is quiet for half a second. deep-chat has no launcher, so its figures for *open* are the same, without times.
- **Open**: after a click on the launcher, until there is a text box and the network is quiet. Bytes, requests, heap and elements include those of *closed*; times are those of the opening alone.
- **Script** and **all tasks** are main-thread CPU time (\`Performance.getMetrics\`). **Blocking** is the part of long tasks beyond 50 ms. **Heap** is measured after garbage collection. **Elements** include shadow roots and iframes.
- Each visit has an empty cache. The widgets take turns, ${runs} times at full speed and ${runs} times with the processor slowed ${SLOWDOWN} times. Figures are medians, minus those of the page without a widget.

## What the others offer

The figures end where the visitor can write. These products do more:

- **deep-chat**: a component for language models, with files, camera, microphone, speech, Markdown, and direct connections to some twenty AI services.
- **react-chatbotify**: scripted flows in React, with themes, plugins, voice, emoji and files. Most of its bytes are React.
- **typebot**: flows from a visual builder, with conditions, forms, payments, files and media.
- **flowise-embed**: Flowise agents, with streamed answers, files, recordings, sources and feedback.
- **Rocket.Chat Livechat**: the client of a help desk, with departments, queues, files, audio and video calls. Its last release on npm is old. It lives in an iframe, so its styles and the page's are separate.
`;
}
