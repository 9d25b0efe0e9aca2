// Sums the result files of CI's vitest runs and prints the closing line. Exits 1 when nothing passed or anything failed.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

const folder = process.argv[2];
if (!folder) throw new Error("usage: ci-summary.ts FOLDER (with the JSON results of vitest)");

let passed = 0;
let failed = 0;
for (const name of (await readdir(folder)).sort()) {
  const result = JSON.parse(await readFile(join(folder, name), "utf8")) as {
    numPassedTests: number;
    numFailedTests: number;
    numFailedTestSuites: number;
    numPendingTests: number;
  };
  passed += result.numPassedTests;
  // A file that does not load has failed suites and no failed test.
  failed += Math.max(result.numFailedTests, result.numFailedTestSuites > 0 ? 1 : 0);
  console.log(
    `${name.replace(".json", "")}: ${result.numPassedTests} passed, ${result.numFailedTests} failed, ${result.numPendingTests} skipped`,
  );
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = passed === 0 || failed > 0 ? 1 : 0;
