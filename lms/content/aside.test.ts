// Rendering aside: the same as in place, nobody waits for it, and nothing of it stays.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { platform } from "node:process";
import type { exit } from "node:process";
import { afterEach, expect, test } from "vitest";
import { aCourse, aSite, lesson, quizItem, startAdmin } from "../admin/testing.ts";
import { aside, endAside } from "./aside.ts";
import type * as Content from "./index.ts";

const content = new URL("./index.ts", import.meta.url);
const render = (markdown: string) =>
  aside<typeof Content, "renderMarkdown">(content, "renderMarkdown", markdown);

afterEach(endAside);

/** The command line of a process; "" when it has ended. */
function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

test("the serving process never loads the Markdown libraries, whatever is published", async () => {
  const loaded = (): string[] =>
    Object.keys(createRequire(import.meta.url).cache).filter((path) =>
      /node_modules\/(markdown-it|highlight\.js|sanitize-html)\//.test(path),
    );
  const admin = await startAdmin();
  await admin.put("site", aSite({ description: "**Hello**", footer: { text: "*Bye*", links: [] } }));
  await admin.put("courses/git", aCourse([lesson("a", "```js\nconst x = 1;\n```"), quizItem("q")]));
  expect(await admin.db.first("SELECT description_html, footer_html FROM site")).toEqual({
    description_html: "<p><strong>Hello</strong></p>\n",
    footer_html: "<p><em>Bye</em></p>\n",
  });
  expect((await admin.db.first<{ html: string }>("SELECT html FROM item"))?.html).toContain("hljs-keyword");
  await admin.close();
  expect(loaded()).toEqual([]);
  // The look itself is no empty one.
  const { renderMarkdown } = await import("./index.ts");
  renderMarkdown("x");
  expect(loaded()).not.toEqual([]);
});

test("everything asked at once is answered, each with its own", async () => {
  const texts = Array.from({ length: 30 }, (_, i) => `Text *${i}*`);
  expect(await Promise.all(texts.map(render))).toEqual(texts.map((_, i) => `<p>Text <em>${i}</em></p>\n`));
});

test("pages are served while something long is rendered", async () => {
  await render("x");
  const started = performance.now();
  let longestMs = 0;
  let last = started;
  const beat = setInterval(() => {
    longestMs = Math.max(longestMs, performance.now() - last);
    last = performance.now();
  }, 5);
  await render("A *word* and `code` and [a link](https://example.org).\n\n".repeat(15_000));
  clearInterval(beat);
  const tookMs = performance.now() - started;
  expect(tookMs).toBeGreaterThan(200);
  expect(longestMs).toBeLessThan(tookMs / 2);
});

test("what goes wrong over there is told here, and the next call is answered", async () => {
  const odd = aside<typeof Content, "renderMarkdown">(content, "renderMarkdown", null as unknown as string);
  await expect(odd).rejects.toThrow("Input data should be a String");
  expect(await render("x")).toBe("<p>x</p>\n");
});

test("a process that is lost fails those who wait for it, and the next call has a new one", async () => {
  const lost = aside<{ exit: typeof exit }, "exit">(new URL("node:process"), "exit", 3);
  await expect(Promise.all([lost, render("y")])).rejects.toThrow(
    "the process that renders texts ended with 3",
  );
  expect(await render("x")).toBe("<p>x</p>\n");
});

test.skipIf(platform !== "linux")("a process with nothing to do ends by itself", async () => {
  const helpers = (): number =>
    readFileSync(`/proc/self/task/${process.pid}/children`, "utf8")
      .split(" ")
      .filter((pid) => pid !== "" && commandOf(pid).includes("aside-process")).length;
  await render("x");
  expect(helpers()).toBeGreaterThan(0);
  await expect.poll(helpers, { timeout: 10_000 }).toBe(0);
  expect(await render("x")).toBe("<p>x</p>\n");
});
