import { useState } from "preact/hooks";
import { Icon } from "./icon.tsx";

interface AvatarProps {
  readonly src: string | undefined;
  /** Whose picture it is: the initial stands in for it. @default the built-in icon does */
  readonly name?: string | undefined;
}

/** A picture, or what stands in for it if there is none or it cannot be loaded. */
export function Avatar({ src, name }: AvatarProps) {
  const [brokenSrc, setBrokenSrc] = useState<string>();
  if (src && src !== brokenSrc) return <img src={src} alt="" onError={() => setBrokenSrc(src)} />;
  return name ? [...name][0] : <Icon name="bubble" />;
}
