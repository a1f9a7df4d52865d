import { useEffect, useRef, useState } from "preact/hooks";
import { SNIPPET_KINDS, type SnippetInput, type SnippetKind, toSnippet } from "./snippet.ts";

const NAMES: Readonly<Record<SnippetKind, string>> = { tag: "Script tag", npm: "npm", react: "React" };

/** What to paste, and a button that copies it. */
export function CodePane({ input }: { readonly input: SnippetInput }) {
  const [kind, setKind] = useState<SnippetKind>("tag");
  const { code, css } = toSnippet(kind, input);
  return (
    <section class="code-pane" aria-labelledby="code-title">
      <div class="pane-header">
        <h2 id="code-title">Code</h2>
        <fieldset class="choice">
          <legend class="visually-hidden">For</legend>
          {SNIPPET_KINDS.map((one) => (
            <label key={one}>
              <input type="radio" name="kind" checked={one === kind} onChange={() => setKind(one)} />
              {NAMES[one]}
            </label>
          ))}
        </fieldset>
      </div>
      <Code key={kind} name={NAMES[kind]} text={code} />
      {css !== "" && <Code name="Style sheet" text={css} />}
      {kind !== "tag" && (
        <p class="hint">
          The package is not on the npm registry yet: the docs say how to install it from a clone.
        </p>
      )}
    </section>
  );
}

function Code({ name, text }: { readonly name: string; readonly text: string }) {
  const area = useRef<HTMLTextAreaElement>(null);
  const [result, setResult] = useState("");
  useEffect(() => setResult(""), [text]);

  async function copy(): Promise<void> {
    // Emptied first, so that the same result is announced again.
    setResult("");
    try {
      await navigator.clipboard.writeText(text);
      setResult("Copied");
    } catch {
      // Not on plain http of another machine, and not if the browser forbids it.
      area.current?.select();
      setResult("Not copied: the text is selected, copy it by keyboard");
    }
  }

  return (
    <div class="code">
      <button type="button" class="primary" onClick={() => void copy()}>
        Copy
        <span class="visually-hidden"> {name}</span>
      </button>
      <p role="status" class="hint">
        {result}
      </p>
      <textarea
        ref={area}
        readOnly
        rows={Math.min(text.split("\n").length, 10)}
        wrap="off"
        spellcheck={false}
        aria-label={`${name}, code to paste`}
        value={text}
      />
    </div>
  );
}
