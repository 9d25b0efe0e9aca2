// The `provost` command as a process: help, exit codes, what goes to stdout and what to stderr.
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { COURSE, edit, TENANT } from "../../cli/validate/testing.ts";

const PROVOST = fileURLToPath(new URL("../../cli/provost.js", import.meta.url));

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "provost-cli-"));
});

afterAll(async () => rm(folder, { recursive: true, force: true }));

/** Runs the command in the temporary folder to its end. */
async function provost(args: readonly string[], input = ""): Promise<Outcome> {
  const child = spawn(process.execPath, [PROVOST, ...args], { cwd: folder });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin.on("error", () => {}); // a command that reads nothing may be gone already
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, stdout, stderr };
}

describe("the program", () => {
  test("--help names every command and where to start", async () => {
    const { code, stdout } = await provost(["--help"]);
    expect(code).toBe(0);
    for (const word of ["sandbox", "operator", "lms", "validate", "password", "Start here:", "Exit codes:"])
      expect(stdout).toContain(word);
  });

  test("--version prints the version alone", async () => {
    expect(await provost(["--version"])).toEqual({ code: 0, stdout: `${packageJson.version}\n`, stderr: "" });
  });

  test("an unknown command is wrong usage, with the one that was meant", async () => {
    const { code, stdout, stderr } = await provost(["vlidate"]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("Did you mean validate?");
  });

  test("without a command it says what there is, and that this was no use of it", async () => {
    const { code, stdout, stderr } = await provost([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("Start here:");
  });
});

describe("validate", () => {
  test("without paths it says what to give", async () => {
    const { code, stdout, stderr } = await provost(["validate"]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("provost validate examples/");
  });

  test.each([
    ["a path that does not exist", ["nowhere"], "nowhere: there is no such file or folder"],
    ["a format there is not", ["--output", "xml", "."], "Allowed choices are text, json"],
    ["an option there is not", ["--strict-ref", "."], "--strict-refs"],
  ])("%s is wrong usage", async (_, args, words) => {
    const { code, stdout, stderr } = await provost(["validate", ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(words);
  });

  test("a folder without manifests is wrong usage, for a pipeline must not pass by a slip in its path", async () => {
    await mkdir(join(folder, "empty"));
    const { code, stderr } = await provost(["validate", "empty"]);
    expect(code).toBe(2);
    expect(stderr).toContain("there is no .yaml, .yml or .json file in empty");
  });

  test("findings go to stdout with file, line and column, the count to stderr; exit code 1", async () => {
    await mkdir(join(folder, "bad/deeper"), { recursive: true });
    await writeFile(join(folder, "bad/site.yaml"), edit(TENANT, "academy.example.org", "Bad_Host"));
    await writeFile(
      join(folder, "bad/deeper/git.yml"),
      edit(COURSE, "category: science", "categry: science"),
    );
    expect(await provost(["validate", "bad"])).toEqual({
      code: 1,
      stdout: [
        'bad/deeper/git.yml:9:3: error: spec.categry: unknown field: did you mean "category"?',
        "bad/site.yaml:6:13: error: spec.hostname: must be a DNS name in lower case such as academy.example.org: letters, digits, dots and inner hyphens only",
        "",
      ].join("\n"),
      stderr: "2 files, 2 objects: 2 errors in 2 files\n",
    });
  });

  test("warnings do not fail; --strict-refs makes errors of them", async () => {
    await writeFile(join(folder, "alone.yaml"), COURSE);
    const lenient = await provost(["validate", "alone.yaml"]);
    expect(lenient.code).toBe(0);
    expect(lenient.stdout).toMatch(/^alone\.yaml:7:11: warning: spec\.tenantRef\.name: /);
    expect(lenient.stderr).toBe("1 file, 1 object: 1 warning in 1 file\n");
    const strict = await provost(["validate", "--strict-refs", "alone.yaml"]);
    expect(strict.code).toBe(1);
    expect(strict.stdout).toMatch(/^alone\.yaml:7:11: error: spec\.tenantRef\.name: /);
  });

  test("--output json is one value on stdout and nothing on stderr, also when all is well", async () => {
    const well = await provost(["validate", "--output", "json", "-"], TENANT);
    expect({ ...well, stdout: JSON.parse(well.stdout) as unknown }).toEqual({
      code: 0,
      stdout: { files: 1, objects: 1, errors: 0, warnings: 0, findings: [] },
      stderr: "",
    });
    const bad = await provost(
      ["validate", "-o", "json", "-"],
      edit(TENANT, "  site:", "  replicas: two\n  site:"),
    );
    expect(bad).toMatchObject({ code: 1, stderr: "" });
    expect(JSON.parse(bad.stdout)).toEqual({
      files: 1,
      objects: 1,
      errors: 1,
      warnings: 0,
      findings: [
        {
          file: "<stdin>",
          line: 11,
          column: 13,
          field: "spec.replicas",
          message: 'must be a whole number, not text "two": write a whole number',
          severity: "error",
          kind: "LmsTenant",
          namespace: "",
          name: "academy",
        },
      ],
    });
  });

  test("the examples have no faults", async () => {
    const examples = fileURLToPath(new URL("../../examples", import.meta.url));
    const { code, stdout } = await provost(["validate", examples]);
    expect({ code, stdout: stdout.replaceAll(/^.*: warning: .*\n/gm, "") }).toEqual({ code: 0, stdout: "" });
  });

  test("hidden folders and node_modules are left out, links to files and files of any ending are read", async () => {
    const tree = join(folder, "tree");
    for (const part of [".git", "node_modules/x"]) {
      await mkdir(join(tree, part), { recursive: true });
      await writeFile(join(tree, part, "bad.yaml"), "a: b: c\n");
    }
    await writeFile(join(folder, "site.txt"), TENANT);
    await symlink(join(folder, "site.txt"), join(tree, "linked.yaml"));
    expect((await provost(["validate", "tree"])).stderr).toBe("1 file, 1 object: no faults\n");
    expect((await provost(["validate", "site.txt"])).stderr).toBe("1 file, 1 object: no faults\n");
  });

  test("a reader that has had enough is no fault", async () => {
    const child = spawn(process.execPath, [PROVOST, "validate", "-"], { cwd: folder });
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdout.destroy();
    child.stdin.end("a: b: c\n---\n".repeat(5000));
    const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
    expect({ code, stderr }).toEqual({ code: 1, stderr: "1 file, 0 objects: 5000 errors in 1 file\n" });
  });

  test("it starts without the Kubernetes client, which costs a second and 85 MB", async () => {
    const hooks = `
      import { registerHooks } from "node:module";
      registerHooks({ load(url, context, next) {
        if (url.includes("client-node")) console.error("loaded", url);
        return next(url, context);
      } });`;
    const main = fileURLToPath(new URL("../../cli/main.ts", import.meta.url));
    const preload = `data:text/javascript,${encodeURIComponent(hooks)}`;
    const child = spawn(process.execPath, ["--import", preload, main, "validate", "-"], { cwd: folder });
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdin.end(TENANT);
    await new Promise((resolve) => child.once("close", resolve));
    expect(stderr).toBe("1 file, 1 object: no faults\n");
  });
});
