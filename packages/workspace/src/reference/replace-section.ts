/**
 * A Markdown page with new content in a section, between `<!-- name: … -->` and `<!-- /name -->`.
 *
 * @throws if the page lacks the section
 */
export function replaceSection(page: string, name: string, content: string): string {
  const section = new RegExp(`(<!-- ${name}: [^\\n]*-->\\n).*?(<!-- /${name} -->)`, "s");
  if (!section.test(page)) throw new Error(`the page lacks the section ${name}`);
  return page.replace(
    section,
    (_, begin: string, end: string) => `${begin}${content}${content && "\n"}${end}`,
  );
}
