// What the production image starts, as its Dockerfile says it: the one place where that is decided.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const DOCKERFILE = fileURLToPath(new URL("../../Dockerfile", import.meta.url));

/** Flags of node in the ENTRYPOINT (exec form), e.g. `--optimize-for-size`. */
export function nodeFlags(): string[] {
  const [, json = ""] = /^ENTRYPOINT (\[.*\])$/m.exec(readFileSync(DOCKERFILE, "utf8")) ?? [];
  const [program, ...rest] = JSON.parse(json || "[]") as string[];
  if (program !== "node" || rest.length === 0)
    throw new Error("the Dockerfile's ENTRYPOINT does not start node");
  return rest.filter((word) => word.startsWith("--"));
}
