import { describe, expect, it } from "vitest";
// Loaded up front, so that no test waits for the lazy chunk.
import "../../src/client/context.ts";
import { BASE_URL, createFakeBff, type FakeBff } from "../client/fake-bff.ts";
import { mountWidget, openWidget, until } from "./mount-widget.ts";

function createSignedInBff(): FakeBff {
  const server = createFakeBff();
  server.config = { ...server.config, visitorSessions: "token" };
  return server;
}

describe("the widget of a signed-in visitor", () => {
  it("ends the conversation on all devices if the visitor ends it here", async () => {
    const server = createSignedInBff();
    await using view = await openWidget({}, server);
    view.widget.identify({ token: "identity-ada" });
    await view.send("First");
    view.button("More options").click();
    await until(() => view.button("End conversation").click());
    await until(() => view.find('[role="alertdialog"]'));
    view.findAll('[role="alertdialog"] button').at(-1)?.click();
    await until(() => expect(server.recalls.at(-1)).toMatchObject({ leave: true, held: "s1" }));
    await view.send("Second");
    expect(view.findAll('[data-author="visitor"]')).toHaveLength(1);
    expect([...server.visitorSessions]).toEqual([["ada", "s2"]]);
  });

  it("merges identify() calls before and after the load", async () => {
    await using view = mountWidget();
    view.widget.identify({ token: "identity-ada" });
    view.widget.identify({ name: "Ada" });
    await view.widget.send("Hello");
    expect(view.server.submits.at(-1)?.visitor).toEqual({ token: "identity-ada", name: "Ada" });
    view.widget.identify(null);
    view.widget.identify({ name: "Bob" });
    await view.widget.send("Hello again");
    expect(view.server.submits.at(-1)?.visitor).not.toHaveProperty("token");
  });

  it("clears the draft when another person signs in", async () => {
    await using view = await openWidget({}, createSignedInBff());
    view.widget.identify({ token: "identity-ada" });
    await view.send("Ada's");
    const box = view.type("Ada was about to say");
    view.widget.identify({ token: "identity-bob" });
    await until(() => expect(view.findAll('[data-author="visitor"]')).toEqual([]));
    await until(() => expect(box.value).toBe(""));
    expect(sessionStorage.getItem(`mailoo-chat:${BASE_URL}#draft`)).toBeNull();
  });

  it("leaves neither a draft nor `context()` values to the next visitor", async () => {
    await using view = await openWidget({ context: "on" }, createSignedInBff());
    view.widget.identify({ token: "identity-ada" });
    view.widget.context({ company: "Ada's" });
    const box = view.type("Ada was about to say");
    view.widget.identify(null);
    await until(() => expect(box.value).toBe(""));
    expect(sessionStorage.getItem(`mailoo-chat:${BASE_URL}#draft`)).toBeNull();
    view.widget.context({ plan: "free" });
    view.widget.identify({ token: "identity-bob" });
    await view.send("Bob's");
    expect(view.server.submits[0]?.context).toEqual({ plan: "free" });
  });

  it("learns on a guest's page, before anything is loaded, that nobody is signed in", async () => {
    const server = createSignedInBff();
    {
      await using view = await openWidget({}, server);
      view.widget.identify({ token: "identity-ada" });
      await view.send("Ada's");
    }
    await using view = mountWidget({}, server);
    view.widget.identify(null);
    await until(() => expect(Object.keys(localStorage)).toEqual([]));
    view.widget.open();
    await until(() => view.find('[data-message-id="welcome"]'));
    expect(view.findAll('[data-author="visitor"]')).toEqual([]);
  });
});
