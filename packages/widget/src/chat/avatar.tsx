import { Component } from "preact";
import { Icon } from "./icon.tsx";

interface AvatarProps {
  readonly src: string | undefined;
  /** Whose picture it is: the initial stands in for it. @default the built-in icon does */
  readonly name?: string | undefined;
}

/** A picture, or what stands in for it if there is none or it cannot be loaded. */
export class Avatar extends Component<AvatarProps, { readonly brokenSrc?: string | undefined }> {
  override render({ src, name }: AvatarProps) {
    if (src && src !== this.state.brokenSrc)
      return <img src={src} alt="" onError={() => this.setState({ brokenSrc: src })} />;
    return name ? [...name][0] : <Icon name="bubble" />;
  }
}
