// Writes everything that is derived from api/: crds/*.yaml and docs/reference/*.md.
// `--check` writes nothing and exits 1 when a committed file differs (CI runs it).
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { stringify } from "yaml";
import { customResourceDefinition, kinds } from "../api/index.ts";
import { adminReference } from "./reference-admin.ts";
import { kindReference } from "./reference-kind.ts";

const files = new Map<string, string>();
for (const kind of kinds) {
  const header = `# Generated from api/ by \`npm run generate\`: change the schema there, not this file.\n`;
  files.set(
    `crds/provost.dev_${kind.plural}.yaml`,
    header + stringify(customResourceDefinition(kind), { lineWidth: 110, aliasDuplicateObjects: false }),
  );
  files.set(`docs/reference/${kind.singular}.md`, kindReference(kind));
}
files.set("docs/reference/admin-api.md", adminReference());

const check = process.argv.includes("--check");
const stale: string[] = [];
for (const [path, content] of files) {
  const current = await readFile(path, "utf8").catch(() => undefined);
  if (current === content) continue;
  stale.push(path);
  if (check) continue;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}
if (check && stale.length > 0) {
  console.error(
    `Generated files differ from api/: ${stale.join(", ")}\nRun \`npm run generate\` and commit the result.`,
  );
  process.exitCode = 1;
} else
  console.log(
    stale.length > 0 ? `${check ? "" : "wrote "}${stale.join("\n")}` : "generated files are up to date",
  );
