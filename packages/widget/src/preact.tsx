import { Component } from "preact";
import type { ChatWidgetOptions } from "./api/options.ts";
import type { ChatWidget as Widget } from "./api/widget.ts";
import { createChatWidget } from "./create-chat-widget.ts";

export interface ChatWidgetProps extends ChatWidgetOptions {
  readonly bff: string;
  /** Called with the handle once the widget is on the page. */
  readonly onReady?: (widget: Widget) => void;
}

/** The widget for as long as the component is mounted. Options are read when it mounts; give a `key` to start anew. */
export class ChatWidget extends Component<ChatWidgetProps> {
  #widget: Widget | undefined;

  override componentDidMount(): void {
    const { onReady, children: _, ...options } = this.props;
    const widget = createChatWidget(options);
    this.#widget = widget;
    onReady?.(widget);
  }

  override componentWillUnmount(): void {
    this.#widget?.destroy();
    this.#widget = undefined;
  }

  override shouldComponentUpdate(): boolean {
    return false;
  }

  override render(): null {
    return null;
  }
}
