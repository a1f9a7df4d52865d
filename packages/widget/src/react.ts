"use client";

import { useEffect, useRef, useState } from "react";
import type { ChatWidgetOptions } from "./api/options.ts";
import type { ChatWidget as Widget } from "./api/widget.ts";
import { createChatWidget } from "./create-chat-widget.ts";

export interface UseChatWidgetOptions extends ChatWidgetOptions {
  readonly bff: string;
}

/**
 * The widget for as long as the component is mounted; null before that, and on a server. A change of an option makes a
 * new widget on the same conversation.
 */
export function useChatWidget(options: UseChatWidgetOptions): Widget | null {
  const [widget, setWidget] = useState<Widget | null>(null);
  // Options are plain data: their text says whether one of them has changed, whatever object holds them.
  const key = JSON.stringify(options);
  useEffect(() => {
    const created = createChatWidget(JSON.parse(key) as UseChatWidgetOptions);
    setWidget(created);
    return () => created.destroy();
  }, [key]);
  return widget;
}

export interface ChatWidgetProps extends UseChatWidgetOptions {
  /** Called with the handle once the widget is on the page. */
  readonly onReady?: (widget: Widget) => void;
}

export function ChatWidget({ onReady, ...options }: ChatWidgetProps): null {
  const widget = useChatWidget(options);
  // An inline function is another one at every render: only a new widget is ready.
  const latest = useRef(onReady);
  useEffect(() => {
    latest.current = onReady;
  });
  useEffect(() => {
    if (widget) latest.current?.(widget);
  }, [widget]);
  return null;
}
