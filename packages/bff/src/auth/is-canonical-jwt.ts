/**
 * Whether each part is spelt as an encoder spells it. base64url has several spellings of most signatures and libraries
 * read them all, so an altered last character would go unnoticed.
 */
export function isCanonicalJwt(token: string): boolean {
  return token.split(".").every((part) => Buffer.from(part, "base64url").toString("base64url") === part);
}
