/**
 * The visitor's own tag of a locale's language and script, so that times are written as in their region; the locale
 * itself if there is none. Systems write tags in forms that `Intl` does not take, such as `en_US` and `en-US@posix`.
 */
export function pickRegion(locale: string, tags: readonly string[]): string {
  const wanted = toLanguage(locale);
  return tags.map(toTag).find((tag) => toLanguage(tag) === wanted) ?? locale;
}

function toTag(tag: string): string {
  return tag.replace(/[.@].*/, "").replaceAll("_", "-");
}

/** Undefined for what is no tag. */
function toLanguage(tag: string): string | undefined {
  try {
    const { language, script } = new Intl.Locale(tag).maximize();
    return `${language}-${script}`;
  } catch {
    return undefined;
  }
}
