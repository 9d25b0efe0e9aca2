// Before and after all files of the suite: gives them a folder for their counts, and tells the sum.
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { report, TALLY_FOLDER } from "./report.ts";

export default function setup(): () => void {
  const startedAt = performance.now();
  const folder = mkdtempSync(join(tmpdir(), "provost-faults-tally-"));
  process.env[TALLY_FOLDER] = folder;
  return () => {
    if (readdirSync(folder).length > 0)
      console.log(`\n${report(folder)}\n${Math.round((performance.now() - startedAt) / 1000)} s`);
    rmSync(folder, { recursive: true, force: true });
  };
}
