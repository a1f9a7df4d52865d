import type { ThirdParty } from "./list-third-parties.ts";

/** `THIRD-PARTY-NOTICES.md` of a package whose build contains the code of others. */
export function toNotices(packageName: string, thirdParties: readonly ThirdParty[]): string {
  const sections = [...thirdParties]
    .sort((one, other) => one.name.localeCompare(other.name))
    .map(
      ({ name, version, license, text }) => `## ${name} ${version} (${license})\n\n\`\`\`\n${text}\n\`\`\`\n`,
    );
  const contents =
    sections.length === 0
      ? `The files that \`${packageName}\` ships contain no code of other packages.`
      : `The files that \`${packageName}\` ships contain code of the packages below, under their licences.`;
  return [
    "# Third-party notices",
    `${contents} This page is written by \`pnpm notices\` from what the build contains.`,
    ...sections,
  ].join("\n\n");
}
