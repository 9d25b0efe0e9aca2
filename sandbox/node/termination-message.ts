// The last words of a container that failed, as `terminationMessagePolicy: FallbackToLogsOnError` asks for them: the end
// of its log. A container here is a plain process and has no /dev/termination-log to write to.
import { existsSync, readFileSync } from "node:fs";
import type { Container } from "../workloads/objects.ts";

/** The kubelet's bounds for what it takes from a log. */
const mostLines = 80;
const mostBytes = 2048;

/** Time, stream and mark before each line (container-log.ts). */
const head = /^\S+ \S+ \S+ /;

/** The message of a run that has ended; `undefined` when the container asks for none or has said nothing. */
export function terminationMessage(
  container: Container,
  exitCode: number,
  logPath: string,
): string | undefined {
  const { terminationMessagePolicy } = container as { terminationMessagePolicy?: string };
  if (terminationMessagePolicy !== "FallbackToLogsOnError" || exitCode === 0) return undefined;
  if (!existsSync(logPath)) return undefined;
  const lines = readFileSync(logPath, "utf8").trimEnd().split("\n").slice(-mostLines);
  const text = Buffer.from(lines.map((line) => line.replace(head, "")).join("\n"));
  // A character that is cut in two at the beginning is no character.
  return (
    text
      .subarray(-mostBytes)
      .toString("utf8")
      .replace(/^\uFFFD+/, "") || undefined
  );
}
