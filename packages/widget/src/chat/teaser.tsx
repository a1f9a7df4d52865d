import { createElement } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";
import { useChat } from "./chat-context.tsx";
import { Icon } from "./icon.tsx";
import type { LazyFiles } from "./lazy-files.ts";
import type { TeaserActions, TeaserContent } from "./render-teaser.ts";

export interface TeaserProps extends TeaserActions {
  readonly content: TeaserContent | null;
}

/** The region is always there, so that a screen reader announces what appears in it. */
export function Teaser({ content, ...actions }: TeaserProps) {
  const { shell, t } = useChat();
  const [file, setFile] = useState<LazyFiles["teaser"]>();
  const isNeeded = !!content;
  useLayoutEffect(() => {
    if (isNeeded) shell.load("teaser").then(setFile, () => {});
  }, [isNeeded, shell]);
  return (
    <div aria-live="polite">
      {content && file?.renderTeaser(createElement, shell.shadow, content, t, <Icon name="end" />, actions)}
    </div>
  );
}
