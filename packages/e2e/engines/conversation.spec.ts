import { expect, test } from "../browser/chat-test.ts";
import { theSessionOf } from "../browser/the-session-of.ts";
import { blink } from "./blink.ts";
import { gecko } from "./gecko.ts";
import { toStrictPage } from "./strict-page.ts";
import { createVisitor } from "./visitor.ts";
import { webkit } from "./webkit.ts";

// One conversation in every engine on this machine. Missing engines are listed and skipped.

for (const engine of [blink, gecko, webkit]) {
  const missing = engine.missing();
  if (missing === null) {
    test(`[CHAT-1] [CHAT-3] [EMBED-2] [FALLBACK-1] a visitor holds a whole conversation in ${engine.name}, under the strictest policy`, async ({
      house,
      visitorLeg,
    }) => {
      test.setTimeout(90_000);
      const { network } = visitorLeg;
      const { sandbox, site, welcomeMessage } = house;
      const strict = site.serve(`/${engine.name}`, toStrictPage(network.url));
      const hebrewAndDark = site.serve(
        `/${engine.name}/dark`,
        toStrictPage(network.url, 'lang="he" dir="rtl"', 'data-theme="dark"'),
      );
      await using browser = await engine.start();
      const { page } = browser;
      const visitor = createVisitor(page);
      const hello = `Hello from ${engine.name}`;

      await visitor.visit(strict, "Open chat");
      expect((await visitor.openPanel()).direction).toBe("ltr");
      await visitor.sees(welcomeMessage, { author: "system" });
      await visitor.send(hello);
      const session = await theSessionOf(sandbox, hello);
      sandbox.reply(session, "By socket");
      await visitor.sees("By socket", { author: "owner" });

      // From now on upgrades are refused, so messages arrive by long poll.
      await network.set({ name: "no-upgrades", how: "refuse" });
      await visitor.reload();
      await visitor.sees("By socket");
      sandbox.reply(session, "By long poll");
      await visitor.sees("By long poll");

      await network.set({ name: "reset" });
      sandbox.reply(session, "While you were cut off");
      await network.heal();
      await page.evaluate(() => void window.dispatchEvent(new Event("online")));
      await visitor.sees("While you were cut off");
      await visitor.send("And back again");

      const { direction, background, color } = await visitor.continueOn(hebrewAndDark);
      expect(direction).toBe("rtl");
      expect(brightness(background)).toBeLessThan(brightness(color));
      await visitor.send("שלום, two ways");

      const texts = [
        hello,
        "By socket",
        "By long poll",
        "While you were cut off",
        "And back again",
        "שלום, two ways",
      ];
      expect(await visitor.texts()).toEqual([welcomeMessage, ...texts]);
      expect(sandbox.messages(session).map(({ content }) => content)).toEqual(texts);
      expect(await page.evaluate(() => (window as unknown as { problems: string[] }).problems)).toEqual([]);
      expect(site.reports.filter((report) => report.includes(`/${engine.name}`))).toEqual([]);
    });
  } else if (process.env.TEST_WORKER_INDEX === undefined) {
    console.log(`${engine.name} was not tried: ${missing}.`);
  }
}

/** From 0 to 765. */
function brightness(rgb: string): number {
  const channels = rgb.match(/[\d.]+/g) ?? [];
  expect(channels.length).toBeGreaterThanOrEqual(3);
  return channels.slice(0, 3).reduce((sum, channel) => sum + Number(channel), 0);
}
