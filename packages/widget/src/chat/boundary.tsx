import { Component, type ComponentChildren } from "preact";

export interface BoundaryProps {
  readonly children: ComponentChildren;
  /** In place of a part that throws. @default nothing */
  readonly fallback?: ComponentChildren;
}

/** Leaves out a part that throws, so that the rest of the panel stays. It is tried again with each rendering. */
export class Boundary extends Component<BoundaryProps, { readonly hasFailed: boolean }> {
  #isReported = false;

  static override getDerivedStateFromError(): { readonly hasFailed: boolean } {
    return { hasFailed: true };
  }

  /** Reported as the page's error, so that it reaches the site's own error reports. */
  override componentDidCatch(error: unknown): void {
    if (!this.#isReported) globalThis.reportError?.(error);
    this.#isReported = true;
  }

  override componentWillReceiveProps(): void {
    this.setState({ hasFailed: false });
  }

  override render({ children, fallback }: BoundaryProps): ComponentChildren {
    return this.state.hasFailed ? fallback : children;
  }
}
