// From the URL of a location to the folder or the bucket it names.
import { parseLocation } from "../../api/index.ts";
import type { Destination } from "./destination.types.ts";

/**
 * The destination at a location, see `parseLocation`; credentials of a bucket come from `env`. Nothing is connected yet.
 * @throws Error that names the location, or the variable, and the remedy
 */
export async function openDestination(location: string, env: NodeJS.ProcessEnv): Promise<Destination> {
  const parsed = parseLocation(location);
  if (parsed.type === "folder") {
    const { createFolderDestination } = await import("./folder.ts");
    return createFolderDestination(parsed.path);
  }
  const { createS3Destination } = await import("./s3.ts");
  return createS3Destination(parsed, env);
}
