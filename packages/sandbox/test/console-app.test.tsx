// @vitest-environment happy-dom
import { cleanup, configure, fireEvent, render, screen, waitFor, within } from "@testing-library/preact";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { App } from "../src/console/app.tsx";
import { type Sandbox, SEED, startSandbox } from "../src/index.ts";

/** The console as the browser runs it, against a sandbox that runs too. */
let sandbox: Sandbox;

// Patient, since the machine may be busy.
configure({ asyncUtilTimeout: 10_000 });

beforeEach(async () => {
  sandbox = await startSandbox();
  pointPageAt(sandbox);
});

afterEach(async () => {
  cleanup();
  localStorage.clear();
  await sandbox.close();
});

describe("the session list", () => {
  it("shows who wrote last, what, and how much is unread, without a login", async () => {
    sandbox.send("Do you ship to Iceland?");
    await openConsole();
    const button = await session("Guest");
    expect(button.textContent).toContain("Do you ship to Iceland?");
    expect(button.textContent).toContain("1 unread");
    await waitFor(() => expect(document.title).toBe("(1) Mailoo console"));
  });

  it("takes up new sessions and messages as they come, newest first", async () => {
    const first = sandbox.send("First").sessionPublicId;
    await openConsole();
    await live();
    sandbox.send("Second");
    await waitFor(() => expect(texts()).toEqual(["Second", "First"]));
    sandbox.send("First again", first);
    await waitFor(() => expect(texts()).toEqual(["First again", "Second"]));
  });

  it("finds by text, and says when nothing is found", async () => {
    sandbox.send("about shoes");
    sandbox.send("about hats");
    await openConsole();
    await session("about hats");
    fireEvent.input(screen.getByRole("searchbox"), { target: { value: "shoes" } });
    await waitFor(() => expect(texts()).toEqual(["about shoes"]));
    fireEvent.input(screen.getByRole("searchbox"), { target: { value: "gloves" } });
    await screen.findByText("Nothing matches “gloves”.");
  });

  it("is one tab stop, with arrow keys within", async () => {
    sandbox.send("one");
    sandbox.send("two");
    sandbox.send("three");
    await openConsole();
    const first = await session("three");
    first.focus();
    fireEvent.keyDown(first, { key: "ArrowDown" });
    expect(document.activeElement?.textContent).toContain("two");
    fireEvent.keyDown(document.activeElement ?? first, { key: "End" });
    expect(document.activeElement?.textContent).toContain("one");
    await waitFor(() => {
      const stops = within(list())
        .getAllByRole("button")
        .filter(({ tabIndex }) => tabIndex === 0);
      expect(stops).toEqual([document.activeElement]);
    });
  });

  it("tells a newcomer where to send to while there is nothing", async () => {
    await openConsole();
    await screen.findByText(/No conversations yet/);
    expect(screen.getByText(SEED.integrationId)).toBeDefined();
  });
});

describe("the conversation", () => {
  it("shows both sides, follows what comes, and counts as read", async () => {
    const id = sandbox.send("Question").sessionPublicId;
    sandbox.reply(id, "Answer");
    sandbox.send("Thanks", id);
    await openConversation("Thanks");
    await waitFor(() => expect(bubbles()).toEqual(["visitor: Question", "owner: Answer", "visitor: Thanks"]));
    await waitFor(() => expect(sandbox.sessions()[0]?.unreadCount).toBe(0));

    await live();
    sandbox.send("One more thing", id);
    await waitFor(() => expect(bubbles().at(-1)).toBe("visitor: One more thing"));
    await waitFor(() => expect(sandbox.sessions()[0]?.unreadCount).toBe(0));
    expect(document.title).toBe("Mailoo console");
  });

  it("opens on the newest page of a long history and goes back page by page", async () => {
    const id = sandbox.send("The first of all").sessionPublicId;
    sandbox.addMessages(id, 150, { firstAtMs: Date.now() + 1000, content: "n{n}" });
    await openConversation("n150");
    await waitFor(() => expect(bubbles()).toHaveLength(100));
    fireEvent.click(screen.getByRole("button", { name: "Show earlier messages" }));
    await waitFor(() => expect(bubbles()).toHaveLength(151));
    expect(bubbles()[0]).toBe("visitor: The first of all");
    expect(screen.queryByRole("button", { name: "Show earlier messages" })).toBeNull();
  });

  it("shows text as text", async () => {
    sandbox.send('<img src=x onerror="alert(1)"> & <b>bold</b>');
    await openConversation("bold");
    await waitFor(() => expect(bubbles()).toEqual(['visitor: <img src=x onerror="alert(1)"> & <b>bold</b>']));
    expect(log().querySelector("img, b")).toBeNull();
  });
});

describe("a reply", () => {
  it("is shown at once and is on the platform once, in the order written", async () => {
    const id = sandbox.send("Question").sessionPublicId;
    await openConversation("Question");
    await live();
    sandbox.faults.set({ latencyMs: { reply: { min: 1, max: 20 } } });
    for (const text of ["One", "Two", "Three"]) write(text);
    expect(bubbles().slice(1)).toEqual(["owner: One", "owner: Two", "owner: Three"]);
    await waitFor(() => expect(contents(id)).toEqual(["Question", "One", "Two", "Three"]));
    await waitFor(() => expect(screen.queryByText("Sending")).toBeNull());
    expect(bubbles().slice(1)).toEqual(["owner: One", "owner: Two", "owner: Three"]);
    expect(textbox().value).toBe("");
  });

  it("that fails keeps its text, and is sent by Retry", async () => {
    const id = sandbox.send("Question").sessionPublicId;
    await openConversation("Question");
    sandbox.faults.set({ routes: ["reply"], failBeforeAccept: 1 });
    write("Please arrive");
    fireEvent.click(await screen.findByRole("button", { name: "Retry" }));
    await waitFor(() => expect(contents(id)).toEqual(["Question", "Please arrive"]));
    await waitFor(() => expect(screen.queryByRole("button", { name: "Retry" })).toBeNull());
    expect(bubbles()).toEqual(["visitor: Question", "owner: Please arrive"]);
  });

  it("is sent by Enter, not by Shift+Enter nor by the Enter that ends a composition", async () => {
    const id = sandbox.send("Question").sessionPublicId;
    await openConversation("Question");
    type("Line");
    fireEvent.keyDown(textbox(), { key: "Enter", shiftKey: true });
    fireEvent.keyDown(textbox(), { key: "Enter", isComposing: true });
    fireEvent.keyDown(textbox(), { key: "Enter", keyCode: 229 });
    expect(textbox().value).toBe("Line");
    fireEvent.keyDown(textbox(), { key: "Enter" });
    await waitFor(() => expect(contents(id)).toEqual(["Question", "Line"]));
  });

  it("cannot be empty, and a draft stays with its session", async () => {
    sandbox.send("from A");
    sandbox.send("from B");
    await openConversation("from A");
    expect(screen.getByRole<HTMLButtonElement>("button", { name: "Send reply" }).disabled).toBe(true);
    type("for A");
    fireEvent.click(await session("from B"));
    await waitFor(() => expect(bubbles()).toEqual(["visitor: from B"]));
    expect(textbox().value).toBe("");
    fireEvent.click(await session("from A"));
    await waitFor(() => expect(textbox().value).toBe("for A"));
  });
});

describe("the connection", () => {
  it("comes back by itself and brings what was missed", async () => {
    const id = sandbox.send("Before").sessionPublicId;
    await openConversation("Before");
    await live();
    sandbox.dropSockets("owner");
    sandbox.send("Meanwhile", id);
    await waitFor(() => expect(bubbles()).toEqual(["visitor: Before", "visitor: Meanwhile"]), {
      timeout: 3000,
    });
    await live();
  });
});

describe("signing in", () => {
  it("is asked for where the development token is not to be had, and again when the token is refused", async () => {
    await sandbox.close();
    const secret = "an owner secret of a test, long enough for HS256";
    sandbox = await startSandbox({ host: "0.0.0.0", owner: { secret } });
    pointPageAt(sandbox);
    render(<App />);
    fireEvent.input(await screen.findByLabelText("Access token"), { target: { value: "not a token" } });
    fireEvent.click(screen.getByRole("button", { name: "Open the console" }));
    await screen.findByText(/does not accept this token/);
  });
});

function pointPageAt({ port }: Sandbox): void {
  // happy-dom's own way of moving the page; a browser has none for tests.
  const { happyDOM } = window as unknown as { readonly happyDOM: { setURL(url: string): void } };
  happyDOM.setURL(`http://127.0.0.1:${port}/`);
}

async function openConsole(): Promise<void> {
  render(<App />);
  await screen.findByRole("list", { name: "Conversations" });
}

async function openConversation(text: string): Promise<void> {
  await openConsole();
  fireEvent.click(await session(text));
  await waitFor(() => expect(bubbles().length).toBeGreaterThan(0));
}

/** Resolves when the owner socket is open. */
async function live(): Promise<void> {
  await screen.findByText("Live");
}

const list = () => screen.getByRole("list", { name: "Conversations" });
const session = (text: string) => within(list()).findByRole("button", { name: new RegExp(text) });
const texts = () => [...list().querySelectorAll(".session-text")].map(({ textContent }) => textContent);
const log = () => screen.getByRole("log");
const textbox = () => screen.getByRole<HTMLTextAreaElement>("textbox", { name: "Reply" });
const contents = (id: string) => sandbox.messages(id).map(({ content }) => content);

function bubbles(): string[] {
  return [...log().querySelectorAll<HTMLElement>(".bubble")].map(
    (bubble) => `${bubble.closest<HTMLElement>("[data-author]")?.dataset.author}: ${bubble.textContent}`,
  );
}

function type(text: string): void {
  fireEvent.input(textbox(), { target: { value: text } });
}

function write(text: string): void {
  type(text);
  fireEvent.click(screen.getByRole("button", { name: "Send reply" }));
}
