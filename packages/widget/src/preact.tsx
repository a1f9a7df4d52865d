import { Component, type RenderableProps } from "preact";
import type { ChatWidgetOptions } from "./api/options.ts";
import { toChanges } from "./api/to-changes.ts";
import type { ChatWidget as Widget } from "./api/widget.ts";
import { createChatWidget } from "./create-chat-widget.ts";

export interface ChatWidgetProps extends ChatWidgetOptions {
  readonly bff: string;
  /** Called with the handle once the widget is on the page. */
  readonly onReady?: (widget: Widget) => void;
}

/**
 * The widget for as long as the component is mounted. Options that change are changed while it runs; another `bff` makes
 * another widget.
 */
export class ChatWidget extends Component<ChatWidgetProps> {
  #widget: Widget | undefined;

  override componentDidMount(): void {
    const widget = createChatWidget(toOptions(this.props));
    this.#widget = widget;
    this.props.onReady?.(widget);
  }

  override componentDidUpdate(before: ChatWidgetProps): void {
    if (before.bff !== this.props.bff) {
      this.componentWillUnmount();
      this.componentDidMount();
      return;
    }
    const changes = toChanges(toOptions(before), toOptions(this.props));
    if (changes) this.#widget?.update(changes);
  }

  override componentWillUnmount(): void {
    this.#widget?.destroy();
    this.#widget = undefined;
  }

  override render(): null {
    return null;
  }
}

function toOptions({
  onReady: _onReady,
  children: _children,
  ...options
}: RenderableProps<ChatWidgetProps>): ChatWidgetOptions & { readonly bff: string } {
  return options;
}
