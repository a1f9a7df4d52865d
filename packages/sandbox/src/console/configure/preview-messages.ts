/** Between the page and the preview in its frame, which have one origin. */

/** What the preview is to show. A newer one replaces it. */
export interface PreviewRequest {
  readonly type: "show";
  readonly scriptUrl: string;
  /** Of the script tag. */
  readonly attributes: readonly (readonly [name: string, value: string])[];
  /** Custom properties of the widget's element. */
  readonly properties: Readonly<Record<string, string>>;
  readonly lang: string;
  readonly dir: "ltr" | "rtl";
  readonly colors: "light" | "dark" | "auto";
  /** Selector of the sample page's own button; empty for none. */
  readonly ownButton: string;
}

export type PreviewCommand = PreviewRequest | { readonly type: "open" } | { readonly type: "forget" };

export type PreviewReport =
  /** The preview takes requests. */
  | { readonly type: "ready" }
  | { readonly type: "shown"; readonly hasOwnButton: boolean }
  /** The script cannot be loaded, or the chat server does not answer a page of this origin. */
  | { readonly type: "trouble"; readonly trouble: "unreachable" | "refused" };
