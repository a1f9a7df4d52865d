import { globSync } from "node:fs";
import { findOnPath } from "@mailoo-chat/workspace/find-on-path";
import getPort from "get-port";
import { Builder, Capabilities, Key } from "selenium-webdriver";
import { startChildServer } from "../src/servers/child-server.ts";
import type { Engine, EngineSession } from "./engine.ts";
import { toExpression } from "./to-expression.ts";
import { startVirtualScreen } from "./virtual-screen.ts";

/** Safari's engine: WebKitGTK's MiniBrowser on a virtual screen, by Selenium. */
export const webkit: Engine = {
  name: "WebKit",
  missing() {
    if (process.platform !== "linux") return "WebKitGTK's driver is there on Linux only";
    const missing = Object.entries(PACKAGES).filter(([program]) => findProgram(program) === null);
    return missing.length === 0 ? null : `there is no ${missing.map(([, name]) => name).join(", no ")}`;
  },
  start: startWebKit,
};

/** Debian's paths of the programs. */
const PACKAGES = {
  WebKitWebDriver: "webkit2gtk-driver",
  MiniBrowser: "libwebkit2gtk-4.1-0 with its MiniBrowser",
  Xvfb: "xvfb",
};

async function startWebKit(): Promise<EngineSession> {
  await using parts = new AsyncDisposableStack();
  const screen = parts.use(await startVirtualScreen(`${findProgram("Xvfb")}`));
  const port = await getPort();
  const server = `http://127.0.0.1:${port}`;
  parts.use(
    await startChildServer({
      command: `${findProgram("WebKitWebDriver")}`,
      args: [`--port=${port}`],
      // Without a desktop bus and without a graphics card.
      env: { DISPLAY: screen.display, NO_AT_BRIDGE: "1", LIBGL_ALWAYS_SOFTWARE: "1" },
      isUp: () =>
        fetch(`${server}/status`).then(
          ({ ok }) => ok,
          () => false,
        ),
    }),
  );
  const driver = await new Builder()
    .usingServer(server)
    .withCapabilities(
      new Capabilities({
        browserName: "MiniBrowser",
        "webkitgtk:browserOptions": { binary: findProgram("MiniBrowser"), args: ["--automation"] },
      }),
    )
    .build();
  parts.defer(() => driver.quit());
  const ended = parts.move();
  return {
    page: {
      open: (url) => driver.get(url),
      reload: () => driver.navigate().refresh(),
      evaluate: (action, ...args) => driver.executeScript(`return ${toExpression(action, args)}`),
      click: (x, y) =>
        driver
          .actions()
          .move({ x: Math.round(x), y: Math.round(y) })
          .click()
          .perform(),
      type: (text) => driver.actions().sendKeys(text).perform(),
      press: (key) => driver.actions().sendKeys(KEYS[key]).perform(),
    },
    [Symbol.asyncDispose]: () => ended.disposeAsync(),
  };
}

const KEYS = { Enter: Key.ENTER, Escape: Key.ESCAPE };

function findProgram(name: string): string | null {
  // It is not on the path.
  const [miniBrowser = null] = globSync("/usr/{lib,lib/*,libexec}/webkit2gtk-4.*/MiniBrowser");
  return name === "MiniBrowser" ? miniBrowser : findOnPath(name);
}
