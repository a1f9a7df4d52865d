import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { startSandbox } from "@mailoo-chat/sandbox";
import { findOnPath } from "@mailoo-chat/workspace/find-on-path";
import { runCommand } from "@mailoo-chat/workspace/run-command";
import { expect, test } from "@playwright/test";
import { startBff } from "../../src/servers/start-bff.ts";
import { startTestSite } from "../../src/servers/start-test-site.ts";
import { createChatPage } from "../chat-page.ts";
import { exampleFolder } from "./backstage.ts";
import { converse } from "./converse.ts";

// Includes starting servers and building the site.
test.describe.configure({ timeout: 90_000 });

const PLUGIN = join(exampleFolder("wordpress"), "mailoo-chat.php");

test("WordPress: a conversation works on a page with the plugin's head", async ({ page }) => {
  await using sandbox = await startSandbox();
  await using site = await startTestSite();
  await using bff = await startBff({ platformUrl: sandbox.url, allowedOrigins: [site.origin] });
  const head = await printHead(bff.url, 'Bread & "Butter"');
  const chat = createChatPage(page, 'Bread & "Butter"');
  await chat.goto(
    site.serve("/", {
      html: `<!doctype html><html lang="en-US"><head><title>A blog</title>${head}</head><body><h1>A blog</h1></body></html>`,
    }),
  );
  await chat.openPanel();
  await converse(chat, sandbox, "Do you bake on Sundays?");
});

/** The plugin's addition to the head: rendered by PHP if installed, otherwise by replacing its two placeholders. */
async function printHead(chatUrl: string, siteName: string): Promise<string> {
  const php = findOnPath("php");
  if (php === null) return fillIn(await readFile(PLUGIN, "utf8"), chatUrl, siteName);
  const stub = join(import.meta.dirname, "wordpress-stub.php");
  const { exitCode, output } = await runCommand(php, [stub, PLUGIN, chatUrl, siteName], {
    output: "collect",
  });
  expect(exitCode, output).toBe(0);
  // Without PHP the replacement must give the same result.
  expect(fillIn(await readFile(PLUGIN, "utf8"), chatUrl, siteName).trim()).toBe(output.trim());
  return output;
}

function fillIn(plugin: string, chatUrl: string, siteName: string): string {
  const [, template = ""] = /\?>\n(.*?)<\?php\s*\}/s.exec(plugin) ?? [];
  const head = template
    .replace("<?php echo esc_url( MAILOO_CHAT_URL . '/widget.js' ); ?>", toAttribute(`${chatUrl}/widget.js`))
    .replace("<?php echo esc_attr( get_bloginfo( 'name', 'display' ) ); ?>", toAttribute(siteName));
  expect(head).not.toContain("<?php");
  return head;
}

function toAttribute(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
}
