import type { Page } from "@playwright/test";
import { expect, test } from "./chat-test.ts";
import { toPageWithWidget } from "./page-with-widget.ts";

// Stacking order and focus: the widget does not compete with the page for either.

test("only the launcher and the open panel intercept clicks on the page", async ({ chat, house }) => {
  const { page } = chat;
  await chat.goto(house.pageUrl);
  const launcher = await boxOf(page, "[part~=launcher]");
  await page.mouse.move(5, 5);
  expect(await coveredOutside(page, [launcher])).toEqual([]);
  await chat.openPanel();
  await page.mouse.move(5, 5);
  await expect
    .poll(async () => coveredOutside(page, [launcher, await boxOf(page, "[role=dialog]")]))
    .toEqual([]);
  await page.keyboard.press("Escape");
  await expect(chat.panel).toBeHidden();
  await expect.poll(() => coveredOutside(page, [launcher])).toEqual([]);
  await page.evaluate("MailooChat.hide()");
  expect(await coveredOutside(page, [])).toEqual([]);
});

for (const [means, attributes, style] of [
  ["option", 'data-z-index="5"', ""],
  ["style sheet", "", "mailoo-chat-widget { --mailoo-chat-z-index: 5 }"],
] as const) {
  test(`a site places the widget below its own layer by ${means}`, async ({ page, house }) => {
    const layer = "dialog { position: fixed; inset: 0; width: 100%; height: 100%; z-index: 6 }";
    await page.goto(
      house.site.serve(
        "/layered",
        toPageWithWidget(house.bff.url, {
          attributes,
          head: `<style>${layer} ${style}</style><dialog></dialog>`,
        }),
      ),
    );
    await page.getByRole("button", { name: "Open chat" }).waitFor();
    const top = () =>
      page.evaluate(() => document.elementFromPoint(innerWidth - 50, innerHeight - 50)?.localName);
    expect(await top()).toBe("mailoo-chat-widget");
    await page.evaluate(() => document.querySelector("dialog")?.show());
    expect(await top()).toBe("dialog");
  });
}

test("a site positions the widget by its style sheet", async ({ page, house }) => {
  const head = `<style>:root { --mailoo-chat-offset-x: 44px; --mailoo-chat-offset-y: 3rem; --mailoo-chat-accent: rgb(1, 2, 3); --mailoo-chat-radius: 0.5em }</style>`;
  await page.goto(house.site.serve("/placed-by-style", toPageWithWidget(house.bff.url, { head })));
  const launcher = page.getByRole("button", { name: "Open chat" });
  await expect(launcher).toHaveCSS("right", "44px");
  await expect(launcher).toHaveCSS("bottom", "48px");
  await expect(launcher).toHaveCSS("background-color", "rgb(1, 2, 3)");
  await launcher.click();
  await expect(page.getByRole("dialog")).toHaveCSS("border-top-left-radius", "8px");
});

test("a page that traps the focus gets it back, and the widget requests it only once", async ({
  chat,
  house,
}) => {
  const { page } = chat;
  await chat.goto(house.pageUrl);
  await page.evaluate(() => {
    const guarded = document.querySelector("main button") as HTMLElement;
    Object.assign(window, { guarded: 0 });
    document.addEventListener("focusin", ({ target }) => {
      if (target === guarded) return;
      Object.assign(window, { guarded: (window as unknown as { guarded: number }).guarded + 1 });
      guarded.focus();
    });
  });
  await chat.openPanel();
  await chat.launcher.click();
  await expect(chat.panel).toBeHidden();
  // Opening focuses the text box and closing the launcher, twice each: each requests the focus once.
  expect(await page.evaluate("guarded")).toBeLessThanOrEqual(4);
  await expect(page.getByRole("button", { name: "Buy" })).toBeFocused();
});

test("a modal dialog of the page covers the widget, which works again after the dialog closes", async ({
  chat,
  house,
}) => {
  const { page } = chat;
  const errors: string[] = [];
  page.on("pageerror", ({ message }) => errors.push(message));
  await chat.goto(house.pageUrl);
  await chat.openPanel();
  await chat.composer.fill("half a thought");
  await page.evaluate(() => {
    const dialog = document.createElement("dialog");
    dialog.innerHTML = "<button>Accept</button>";
    document.body.append(dialog);
    dialog.showModal();
  });
  const accept = page.getByRole("button", { name: "Accept" });
  await expect(accept).toBeFocused();
  await page.evaluate("MailooChat.close(), MailooChat.open()");
  await expect(accept).toBeFocused();
  await page.evaluate(() => document.querySelector("dialog")?.close());
  await chat.composer.press("Enter");
  await expect(chat.message("half a thought")).toHaveAttribute("data-state", "sent");
  expect(errors).toEqual([]);
});

test("a panel that opens automatically changes neither the focus nor the scroll position", async ({
  page,
  house,
}) => {
  const tall =
    '<style>main { height: 4000px }</style><script>addEventListener("load", () => scrollTo(0, 1500))</script>';
  await page.goto(
    house.site.serve(
      "/by-itself",
      toPageWithWidget(house.bff.url, { attributes: "data-start-open", head: tall }),
    ),
  );
  await page.getByRole("dialog", { name: "Chat" }).waitFor();
  expect(await page.evaluate(() => document.activeElement?.localName)).toBe("body");
  await page.getByRole("textbox", { name: "Message" }).click();
  expect(await page.evaluate(() => scrollY)).toBe(1500);
});

test("typing in the panel does not trigger the page's shortcuts", async ({ chat, house }) => {
  const { page } = chat;
  await chat.goto(house.pageUrl);
  await page.evaluate(() => {
    const received: string[] = [];
    Object.assign(window, { received });
    for (const type of ["keydown", "keypress", "keyup"]) {
      document.addEventListener(type, (event) => received.push(`${type} ${(event as KeyboardEvent).key}`));
    }
  });
  await chat.openPanel();
  await chat.composer.pressSequentially("/?g");
  await page.keyboard.press("Enter");
  await chat.message("/?g").waitFor();
  await page.getByRole("button", { name: "More options" }).press("Enter");
  await page.getByRole("menu").press("ArrowDown");
  await page.keyboard.press("Escape");
  expect(await page.evaluate("received")).toEqual([]);
  await page.getByRole("button", { name: "Buy" }).press("k");
  expect(await page.evaluate("received")).toEqual(["keydown k", "keypress k", "keyup k"]);
});

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

async function boxOf(page: Page, selector: string): Promise<Box> {
  const { x, y, width, height } = (await page.locator(selector).boundingBox()) ?? {
    x: 0,
    y: 0,
    width: 0,
    height: 0,
  };
  return { left: x, top: y, right: x + width, bottom: y + height };
}

/** Points of the window outside of those boxes at which a click would hit the widget. */
async function coveredOutside(page: Page, boxes: readonly Box[]): Promise<readonly string[]> {
  return page.evaluate((allowed) => {
    const covered: string[] = [];
    for (let x = 3; x < innerWidth; x += 12) {
      for (let y = 3; y < innerHeight; y += 12) {
        const isAllowed = allowed.some(
          (box) => x >= box.left && x <= box.right && y >= box.top && y <= box.bottom,
        );
        if (!isAllowed && document.elementFromPoint(x, y)?.localName === "mailoo-chat-widget") {
          covered.push(`${x},${y}`);
        }
      }
    }
    return covered;
  }, boxes);
}
