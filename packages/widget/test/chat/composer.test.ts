import { describe, expect, it } from "vitest";
import { OUTBOX_MAX_ENTRIES } from "../../src/client/outbox.ts";
import { BASE_URL, createFakeBff } from "../client/fake-bff.ts";
import { openWidget, until, untilDrawn, type View } from "./mount-widget.ts";

const draftIn = (chat: View) => (chat.find("textarea") as HTMLTextAreaElement).value;

/** What has been sent. */
const sentBy = ({ server }: View) => server.submits.map(({ content }) => content);

/** Nothing of what was written before has gone out: one that is sent now is the first. */
async function expectNothingSent(chat: View): Promise<void> {
  await chat.widget.send("the first");
  expect(sentBy(chat)).toEqual(["the first"]);
}

describe("the composer", () => {
  it("sends on Enter, trimmed and with LF newlines, and is empty then", async () => {
    await using chat = await openWidget();
    const box = chat.type("  one\r\ntwo  ");
    expect(chat.press("Enter").defaultPrevented).toBe(true);
    expect(box.value).toBe("");
    await until(() => expect(sentBy(chat)).toEqual(["one\ntwo"]));
  });

  it("sends once for two Enters in one go", async () => {
    await using chat = await openWidget();
    chat.type("once");
    chat.press("Enter");
    chat.press("Enter");
    await chat.message("once");
    await chat.widget.send("afterwards");
    expect(sentBy(chat)).toEqual(["once", "afterwards"]);
  });

  it("sends by its button, and the text box has the focus again", async () => {
    await using chat = await openWidget();
    expect(chat.button("Send").disabled).toBe(true);
    chat.type("by mouse");
    await untilDrawn();
    chat.button("Send").click();
    await until(() => expect(sentBy(chat)).toEqual(["by mouse"]));
    expect(chat.shadow.activeElement).toBe(chat.find("textarea"));
  });

  it("breaks the line on Shift+Enter", async () => {
    await using chat = await openWidget();
    chat.type("one");
    expect(chat.press("Enter", { shiftKey: true }).defaultPrevented).toBe(false);
    await expectNothingSent(chat);
  });

  it.each([
    ["while an input method composes", { isComposing: true }],
    ["on a key that an input method has taken", { keyCode: 229 }],
  ])("does not send %s", async (_, init) => {
    await using chat = await openWidget();
    chat.type("にほんご");
    chat.press("Enter", init);
    await expectNothingSent(chat);
  });

  it("keeps a text that is too long, and says by how much", async () => {
    await using chat = await openWidget();
    const box = chat.type("x".repeat(4003));
    chat.press("Enter");
    await untilDrawn();
    expect(box.value).toHaveLength(4003);
    expect(box.getAttribute("aria-invalid")).toBe("true");
    expect(chat.find("#hint").textContent).toBe("Characters over the limit: 3");
    expect(chat.button("Send").disabled).toBe(true);
    await expectNothingSent(chat);
  });

  it("counts down near the limit only", async () => {
    await using chat = await openWidget();
    chat.type("x".repeat(3700));
    await untilDrawn();
    expect(chat.find("#hint").textContent).toBe("");
    chat.type("x".repeat(3990));
    await untilDrawn();
    expect(chat.find("#hint").textContent).toBe("Characters left: 10");
  });

  it("says so where a text cannot be sent, until it is changed", async () => {
    await using chat = await openWidget();
    chat.type("half an emoji \ud83d");
    chat.press("Enter");
    await untilDrawn();
    expect(chat.find("#hint").textContent).toContain("cannot be sent");
    chat.type("none");
    await untilDrawn();
    expect(chat.find("#hint").textContent).toBe("");
  });

  it.each([" \n ", "\u200b", "\u2800 \u2800", "\u{e0041}"])(
    "sends nothing when there is nothing to see in %j",
    async (text) => {
      await using chat = await openWidget();
      chat.type(text);
      await untilDrawn();
      expect(chat.button("Send").disabled).toBe(true);
      chat.press("Enter");
      await expectNothingSent(chat);
    },
  );

  it("keeps a draft while the panel is closed", async () => {
    await using chat = await openWidget();
    const box = chat.type("not yet");
    chat.widget.close();
    chat.widget.open();
    await untilDrawn();
    expect(box.isConnected).toBe(true);
    expect(box.value).toBe("not yet");
  });

  it("keeps a draft over a reload of the tab", async () => {
    const server = createFakeBff();
    {
      await using chat = await openWidget({}, server);
      chat.type("a first");
      // Nothing outlives the tab before there is a conversation.
      expect(localStorage).toHaveLength(0);
    }
    {
      await using chat = await openWidget({}, server);
      expect(draftIn(chat)).toBe("a first");
      await chat.send("Hello");
      chat.type("half a thought");
    }
    await using chat = await openWidget({}, server);
    expect(draftIn(chat)).toBe("half a thought");
  });

  it("gives what was typed before a conversation to the one that begins, and not to the one after it", async () => {
    const server = createFakeBff();
    {
      await using chat = await openWidget({}, server);
      chat.type("half a thought");
      await chat.widget.send("by the page");
      await until(() => expect(chat.findAll('[data-state="sent"][data-author="visitor"]')).toHaveLength(1));
      await untilDrawn();
      expect(draftIn(chat)).toBe("half a thought");
    }
    // Another tab has removed the conversation.
    localStorage.clear();
    await using chat = await openWidget({}, server);
    expect(draftIn(chat)).toBe("");
  });

  it("keeps a text for which there is no room, and says so", async () => {
    await using chat = await openWidget();
    for (let i = 0; i < OUTBOX_MAX_ENTRIES; i += 1) {
      const entry = {
        v: 1,
        id: `t${i}`,
        content: `${i}`,
        writtenAtMs: i + 1,
        attempt: 1,
        failure: "network",
      };
      localStorage.setItem(`mailoo-chat:${BASE_URL}#out:t${i}`, JSON.stringify(entry));
    }
    dispatchEvent(Object.assign(new Event("storage"), { key: null }));
    await until(() => expect(chat.findAll('[data-state="failed"]')).toHaveLength(OUTBOX_MAX_ENTRIES));
    chat.type("one more");
    chat.press("Enter");
    await until(() => expect(draftIn(chat)).toBe("one more"));
    expect(chat.textOf("#hint")).toContain("One moment");
    expect(sentBy(chat)).toEqual([]);
  });

  it("forgets what was typed before a conversation on reset()", async () => {
    await using chat = await openWidget();
    chat.type("half a thought");
    chat.widget.reset();
    await until(() => expect(draftIn(chat)).toBe(""));
    expect(sessionStorage).toHaveLength(0);
  });

  it("stores nothing before the visitor types", async () => {
    await using chat = await openWidget();
    chat.find("textarea").focus();
    await untilDrawn();
    expect(sessionStorage.length + localStorage.length).toBe(0);
  });
});
