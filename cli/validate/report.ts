// How findings are told: a line each in the GNU manner for people and editors, or one JSON object for programs.
import type { Finding } from "./finding.ts";
import type { Report } from "./validate.ts";

/** `file:line:column: error: field: what is wrong: remedy`. */
export function findingLine({ file, line, column, severity, field, message }: Finding): string {
  const text = field === "" ? message : `${field}: ${message}`;
  return `${file}:${line}:${column}: ${severity}: ${text.replace(/\s*\n\s*/g, " ")}`;
}

/** The closing sentence: how much was found in how much. */
export function summary({ files, objects, findings }: Report): string {
  const read = `${count(files, "file")}, ${count(objects, "object")}`;
  if (findings.length === 0) return `${read}: no faults`;
  const { errors, warnings } = totals(findings);
  const found = [
    ...(errors > 0 ? [count(errors, "error")] : []),
    ...(warnings > 0 ? [count(warnings, "warning")] : []),
  ];
  const where = new Set(findings.map(({ file }) => file)).size;
  return `${read}: ${found.join(" and ")} in ${count(where, "file")}`;
}

/** The report as one JSON value; `findings` is an empty list when there are none. */
export function reportJson(report: Report): string {
  const { files, objects, findings } = report;
  return JSON.stringify({ files, objects, ...totals(findings), findings }, undefined, 2);
}

/** How many findings of each severity. */
export function totals(findings: readonly Finding[]): { errors: number; warnings: number } {
  const errors = findings.filter(({ severity }) => severity === "error").length;
  return { errors, warnings: findings.length - errors };
}

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? "" : "s"}`;
