import { useLayoutEffect, useState } from "preact/hooks";
import { useChat } from "../chat-context.tsx";
import type { TextFileName, TextFiles } from "../text-files.ts";

/** After this time, texts show without the files that they need. */
const PATIENCE_MS = 3000;

/**
 * The files that texts need, fetched when the first of them does.
 *
 * @param texts after a failure, another value tries again.
 * @returns the files, and whether one is waited for.
 */
export function useTextFiles(
  needed: ReadonlySet<TextFileName>,
  texts: unknown,
): readonly [TextFiles, boolean] {
  const { shell } = useChat();
  const [files, setFiles] = useState<TextFiles>({});
  const missing = [...needed].filter((name) => !files[name]).join();

  // biome-ignore lint/correctness/useExhaustiveDependencies: other texts try again.
  useLayoutEffect(() => {
    for (const name of needed) {
      if (files[name]) continue;
      shell.load(name).then(
        (file) => setFiles((loaded) => ({ ...loaded, [name]: file })),
        () => {},
      );
    }
  }, [missing, texts]);

  useLayoutEffect(() => {
    if (!missing) return;
    const timer = setTimeout(() => setFiles((loaded) => ({ ...loaded, isLate: true })), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [missing]);

  return [files, !!missing && !files.isLate];
}
