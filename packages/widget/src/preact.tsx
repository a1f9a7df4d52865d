import { Component, type ComponentChild, createElement } from "preact";
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
 * another widget. With `mode="inline"` the conversation stands where the component does, unless `target` names another place.
 */
export class ChatWidget extends Component<ChatWidgetProps> {
  #widget: Widget | undefined;
  #options: ChatWidgetOptions = {};
  #place: HTMLElement | undefined;

  override componentDidMount(): void {
    const options = this.#toOptions();
    const widget = createChatWidget(options);
    this.#widget = widget;
    this.#options = options;
    this.props.onReady?.(widget);
  }

  override componentDidUpdate(before: ChatWidgetProps): void {
    if (before.bff !== this.props.bff) {
      this.componentWillUnmount();
      this.componentDidMount();
      return;
    }
    const options = this.#toOptions();
    const changes = toChanges(this.#options, options);
    this.#options = options;
    if (changes) this.#widget?.update(changes);
  }

  override componentWillUnmount(): void {
    this.#widget?.destroy();
    this.#widget = undefined;
  }

  override render(props: ChatWidgetProps): ComponentChild {
    if (!hasOwnPlace(props)) return null;
    const ref = (element: HTMLElement | null) => {
      this.#place = element ?? this.#place;
    };
    const place = createElement("span", { ref });
    // Preact 10 and 11 mark their elements by different values of `constructor`: each leaves out the other's.
    return [place, { ...place, constructor: undefined }];
  }

  #toOptions(): ChatWidgetOptions & { readonly bff: string } {
    const { onReady: _onReady, children: _children, ...options } = this.props;
    return hasOwnPlace(options) ? { ...options, target: this.#place } : options;
  }
}

function hasOwnPlace({ mode, target }: ChatWidgetOptions): boolean {
  return mode === "inline" && !target;
}
