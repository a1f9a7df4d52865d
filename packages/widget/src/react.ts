"use client";

import { createElement, type ReactElement, useEffect, useRef, useState } from "react";
import type { ChatWidgetOptions } from "./api/options.ts";
import { toChanges } from "./api/to-changes.ts";
import type { ChatWidget as Widget } from "./api/widget.ts";
import { createChatWidget } from "./create-chat-widget.ts";

export interface UseChatWidgetOptions extends ChatWidgetOptions {
  readonly bff: string;
}

/**
 * The widget for as long as the component is mounted; null before that, and on a server. Options that change are changed
 * while it runs; another `bff` makes another widget.
 */
export function useChatWidget(options: UseChatWidgetOptions): Widget | null {
  const [widget, setWidget] = useState<Widget | null>(null);
  const { bff } = options;
  const running = useRef<Widget | null>(null);
  const latest = useRef<ChatWidgetOptions>(options);
  useEffect(() => {
    const changes = toChanges(latest.current, options);
    latest.current = options;
    if (changes) running.current?.update(changes);
  });
  useEffect(() => {
    const created = createChatWidget({ ...latest.current, bff });
    running.current = created;
    setWidget(created);
    return () => {
      running.current = null;
      created.destroy();
    };
  }, [bff]);
  return widget;
}

export interface ChatWidgetProps extends UseChatWidgetOptions {
  /** Called with the handle once the widget is on the page. */
  readonly onReady?: (widget: Widget) => void;
}

/**
 * The widget by `useChatWidget()`. With `mode="inline"` the conversation stands where the component does, unless `target`
 * names another place.
 */
export function ChatWidget({ onReady, ...options }: ChatWidgetProps): ReactElement | null {
  const hasOwnPlace = options.mode === "inline" && !options.target;
  const [place, setPlace] = useState<Element | null>(null);
  const widget = useChatWidget(hasOwnPlace ? { ...options, target: place } : options);
  // An inline function is another one at every render: only a new widget is ready.
  const latest = useRef(onReady);
  useEffect(() => {
    latest.current = onReady;
  });
  useEffect(() => {
    if (widget) latest.current?.(widget);
  }, [widget]);
  return hasOwnPlace ? createElement("span", { ref: setPlace }) : null;
}
