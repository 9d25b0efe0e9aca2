// How many runs were made, as a table: one file of tests tells its own, total.ts adds them up.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Folder where the test files leave their counts; set by total.ts. */
export const TALLY_FOLDER = "PROVOST_FAULTS_TALLY";

/** Runs by scenario and fault. */
export class Tally {
  readonly #file: string;
  readonly #runs: Record<string, Record<string, number>> = {};
  /** Runs whose request never came, so that nothing was disturbed. */
  missed = 0;

  constructor(file: string) {
    this.#file = file;
  }

  count(scenario: string, fault: string, runs: number): void {
    const row = (this.#runs[scenario] ??= {});
    row[fault] = (row[fault] ?? 0) + runs;
  }

  close(): void {
    const folder = process.env[TALLY_FOLDER];
    if (folder !== undefined && Object.keys(this.#runs).length > 0)
      writeFileSync(
        join(folder, `${this.#file}.json`),
        JSON.stringify({ runs: this.#runs, missed: this.missed }),
      );
  }
}

/** The table of all files that have left their counts in a folder. */
export function report(folder: string): string {
  const tallies = readdirSync(folder).map(
    (file) =>
      JSON.parse(readFileSync(join(folder, file), "utf8")) as {
        runs: Record<string, Record<string, number>>;
        missed: number;
      },
  );
  const merged: Record<string, Record<string, number>> = {};
  for (const { runs } of tallies)
    for (const [scenario, faults] of Object.entries(runs))
      merged[scenario] = { ...merged[scenario], ...faults };
  const rows = Object.entries(merged);
  const lines = rows
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([scenario, faults]) => {
      const total = Object.values(faults).reduce((sum, runs) => sum + runs, 0);
      const each = Object.entries(faults).map(([fault, runs]) => `${fault} ${runs}`);
      return `${scenario.padEnd(38)}${String(total).padStart(6)}   ${each.join(", ")}`;
    });
  const total = rows.flatMap(([, faults]) => Object.values(faults)).reduce((sum, runs) => sum + runs, 0);
  const missed = tallies.reduce((sum, tally) => sum + tally.missed, 0);
  return [
    "Runs by scenario and fault:",
    ...lines,
    `${"total".padEnd(38)}${String(total).padStart(6)}   ${missed} of them undisturbed: their request did not come`,
  ].join("\n");
}
