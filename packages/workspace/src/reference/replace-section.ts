/**
 * A Markdown page with one of its sections made anew: what stands between `<!-- name: … -->` and `<!-- /name -->`.
 *
 * @throws where the page lacks the section
 */
export function replaceSection(page: string, name: string, content: string): string {
  const section = new RegExp(`(<!-- ${name}: [^\\n]*-->\\n).*?(<!-- /${name} -->)`, "s");
  if (!section.test(page)) throw new Error(`the page lacks the section ${name}`);
  return page.replace(
    section,
    (_, begin: string, end: string) => `${begin}${content}${content && "\n"}${end}`,
  );
}
