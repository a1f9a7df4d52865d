import AxeBuilder from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

const WCAG_22_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** @param rules @default all of WCAG 2.2 AA */
export async function expectNoViolation(page: Page, rules?: readonly string[]): Promise<void> {
  // Passed rules are left out. Legacy mode opens no extra page, which only cross-origin frames need.
  const axe = new AxeBuilder({ page }).options({ resultTypes: ["violations"] }).setLegacyMode();
  if (rules) axe.withRules([...rules]);
  else axe.withTags(WCAG_22_AA);
  const { violations } = await axe.analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`)).toEqual(
    [],
  );
}
