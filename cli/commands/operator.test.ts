// What `provost operator --help` sends its reader to is there.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { operatorCommand } from "./operator.ts";

test("the help names the rights of every way to run it", () => {
  let help = "";
  operatorCommand()
    .configureOutput({ writeOut: (text) => void (help += text) })
    .outputHelp();
  const named = help.match(/deploy\/[\w./-]*\w/g) ?? [];
  expect(named).toEqual(["deploy/rbac.yaml", "deploy/namespaced", "deploy/outside/rbac.yaml"]);
  const root = new URL("../../", import.meta.url);
  expect(named.filter((path) => !existsSync(fileURLToPath(new URL(path, root))))).toEqual([]);
});
