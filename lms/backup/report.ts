// The one JSON object a run leaves behind, in as many bytes as whoever reads it takes.
import { renameSync, rmSync, writeFileSync } from "node:fs";
import type { BackupReport } from "../../api/index.ts";

/** Of a container's termination message on Kubernetes; what is longer is cut, and JSON that is cut says nothing. */
export const REPORT_BYTES = 4_096;

/** A report as JSON of at most {@link REPORT_BYTES}: of long words the ends, of long lists of removed ids the first. */
export function reportText(report: BackupReport): string {
  let shorter = report;
  for (let words = 2_000, names = 100; Buffer.byteLength(JSON.stringify(shorter)) > REPORT_BYTES;) {
    shorter = shortened(report, words, names);
    [words, names] = [Math.floor(words / 2), Math.floor(names / 2)];
  }
  return JSON.stringify(shorter);
}

function shortened(report: BackupReport, words: number, names: number): BackupReport {
  if (!report.ok) return { ...report, message: cut(report.message, words) };
  const { removed, removalTrouble, ...rest } = report;
  return {
    ...rest,
    removed: removed.slice(0, names),
    ...(removalTrouble !== undefined && { removalTrouble: cut(removalTrouble, words) }),
  };
}

/** The end of a long message has the remedy, the beginning what happened: the middle goes. */
export function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  const half = Math.floor(length / 2);
  return `${text.slice(0, half)} … ${text.slice(text.length - half)}`;
}

/**
 * Writes the text of a report to a file, at once: it also has to work while the process is ending. Whoever reads the file sees all of
 * it or nothing, unless it is one that cannot be replaced, as Kubernetes' termination log.
 */
export function writeReport(file: string, text: string): void {
  const beside = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(beside, text);
    renameSync(beside, file);
  } catch {
    writeFileSync(file, text);
    try {
      rmSync(beside, { force: true });
    } catch {
      // Not ours, then. The report is what counts.
    }
  }
}
