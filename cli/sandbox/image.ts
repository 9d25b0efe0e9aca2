// The LMS image as the sandbox's node runs it: this checkout, as a local process.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import packageJson from "../../package.json" with { type: "json" };
import { RUNTIME_ENVIRONMENT } from "../../api/index.ts";
import type { ImageDefinition } from "../../sandbox/index.ts";

/** Image of operator and runtime, as the Dockerfile builds it. */
export const LMS_IMAGE_NAME = `provost/provost:${packageJson.version}`;

/** A checkout that runs as an image: a build of one's own, beside this one. */
export interface Checkout {
  /** Repository of the image, without tag or digest. */
  readonly match: string;
  readonly folder: string;
}

/** What the sandbox's node runs for that image, whatever the tag: this checkout, or another one as an image of its own. */
export function lmsImage({
  match = "provost/provost",
  folder = fileURLToPath(new URL("../..", import.meta.url)),
}: Partial<Checkout> = {}): ImageDefinition {
  return {
    match,
    command: [
      process.execPath,
      "--max-semi-space-size=2",
      // Collects earlier: 20 MiB less for every site, pages 5% slower.
      "--optimize-for-size",
      join(folder, "cli/provost.js"),
    ],
    env: {
      [RUNTIME_ENVIRONMENT.host]: "$(POD_IP)",
      // The gateway hears at once that a pod goes.
      [RUNTIME_ENVIRONMENT.lingerSeconds]: "0",
      // As the Dockerfile has it: each arena of malloc keeps what it was given once.
      MALLOC_ARENA_MAX: "1",
    },
  };
}
