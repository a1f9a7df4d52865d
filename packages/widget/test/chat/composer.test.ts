import { describe, expect, it } from "vitest";
import { OUTBOX_MAX_ENTRIES } from "../../src/client/outbox.ts";
import { BASE_URL, createFakeBff } from "../client/fake-bff.ts";
import { openWidget, until, untilRendered, type View } from "./mount-widget.ts";

const draftIn = (chat: View) => (chat.find("textarea") as HTMLTextAreaElement).value;

/** The texts that were sent. */
const sentBy = ({ server }: View) => server.submits.map(({ content }) => content);

/** Asserts that nothing was sent before: a text sent now is the first. */
async function expectNothingSent(chat: View): Promise<void> {
  await chat.widget.send("the first");
  expect(sentBy(chat)).toEqual(["the first"]);
}

describe("the composer", () => {
  it("sends on Enter, trimmed and with LF newlines, and clears the text box", async () => {
    await using chat = await openWidget();
    const box = chat.type("  one\r\ntwo  ");
    expect(chat.press("Enter").defaultPrevented).toBe(true);
    expect(box.value).toBe("");
    await until(() => expect(sentBy(chat)).toEqual(["one\ntwo"]));
  });

  it("sends once on two Enters in quick succession", async () => {
    await using chat = await openWidget();
    chat.type("once");
    chat.press("Enter");
    chat.press("Enter");
    await chat.message("once");
    await chat.widget.send("afterwards");
    expect(sentBy(chat)).toEqual(["once", "afterwards"]);
  });

  it("sends on a click on its button and returns the focus to the text box", async () => {
    await using chat = await openWidget();
    expect(chat.button("Send").disabled).toBe(true);
    chat.type("by mouse");
    await untilRendered();
    chat.button("Send").click();
    await until(() => expect(sentBy(chat)).toEqual(["by mouse"]));
    expect(chat.shadow.activeElement).toBe(chat.find("textarea"));
  });

  it("inserts a line break on Shift+Enter", async () => {
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

  it("keeps a text that is too long and shows by how much", async () => {
    await using chat = await openWidget();
    const box = chat.type("x".repeat(4003));
    chat.press("Enter");
    await untilRendered();
    expect(box.value).toHaveLength(4003);
    expect(box.getAttribute("aria-invalid")).toBe("true");
    expect(chat.find("#hint").textContent).toBe("Characters over the limit: 3");
    expect(chat.button("Send").disabled).toBe(true);
    await expectNothingSent(chat);
  });

  it("shows the remaining characters only near the limit", async () => {
    await using chat = await openWidget();
    chat.type("x".repeat(3700));
    await untilRendered();
    expect(chat.find("#hint").textContent).toBe("");
    chat.type("x".repeat(3990));
    await untilRendered();
    expect(chat.find("#hint").textContent).toBe("Characters left: 10");
  });

  it("shows an error for a text that cannot be sent, until it is changed", async () => {
    await using chat = await openWidget();
    chat.type("half an emoji \ud83d");
    chat.press("Enter");
    await untilRendered();
    expect(chat.find("#hint").textContent).toContain("cannot be sent");
    chat.type("none");
    await untilRendered();
    expect(chat.find("#hint").textContent).toBe("");
  });

  it.each([" \n ", "\u200b", "\u2800 \u2800", "\u{e0041}"])(
    "does not send the invisible text %j",
    async (text) => {
      await using chat = await openWidget();
      chat.type(text);
      await untilRendered();
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
    await untilRendered();
    expect(box.isConnected).toBe(true);
    expect(box.value).toBe("not yet");
  });

  it("keeps a draft over a reload of the tab", async () => {
    const server = createFakeBff();
    {
      await using chat = await openWidget({}, server);
      chat.type("a first");
      // Before a conversation, nothing is stored beyond the tab.
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

  it("keeps a draft typed before a conversation for that conversation, but not for the next", async () => {
    const server = createFakeBff();
    {
      await using chat = await openWidget({}, server);
      chat.type("half a thought");
      await chat.widget.send("by the page");
      await until(() => expect(chat.findAll('[data-state="sent"][data-author="visitor"]')).toHaveLength(1));
      await untilRendered();
      expect(draftIn(chat)).toBe("half a thought");
    }
    // Another tab has removed the conversation.
    localStorage.clear();
    await using chat = await openWidget({}, server);
    expect(draftIn(chat)).toBe("");
  });

  it("keeps a text that the full outbox rejects, and shows an error", async () => {
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

  it("clears a draft typed before a conversation on reset()", async () => {
    await using chat = await openWidget();
    chat.type("half a thought");
    chat.widget.reset();
    await until(() => expect(draftIn(chat)).toBe(""));
    expect(sessionStorage).toHaveLength(0);
  });

  it("stores nothing before the visitor types", async () => {
    await using chat = await openWidget();
    chat.find("textarea").focus();
    await untilRendered();
    expect(sessionStorage.length + localStorage.length).toBe(0);
  });
});
