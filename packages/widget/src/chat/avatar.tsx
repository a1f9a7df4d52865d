import { Component } from "preact";
import { Icon } from "./icon.tsx";

interface AvatarProps {
  /** @default the built-in icon */
  readonly src: string | undefined;
}

/** The site's picture; the built-in icon if there is none, or if it cannot be loaded. */
export class Avatar extends Component<AvatarProps, { readonly brokenSrc?: string | undefined }> {
  override render({ src }: AvatarProps) {
    return src && src !== this.state.brokenSrc ? (
      <img src={src} alt="" onError={() => this.setState({ brokenSrc: src })} />
    ) : (
      <Icon name="bubble" />
    );
  }
}
