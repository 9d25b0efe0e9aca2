// The place a command works on, open while it does.
import { parseLocation } from "../../api/backup/location.ts";
import type { Destination } from "../../lms/backup/destination.types.ts";
import { openDestination } from "../../lms/backup/open.ts";
import { SettingsError } from "../../lms/backup/variables.ts";
import { UsageError } from "../usage-error.ts";

/** Opens the location, does `work` on it and closes it; Ctrl+C ends what is under way. */
export async function at<T>(
  location: string,
  work: (destination: Destination, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const onSignal = (): void => stop.abort(new Error("stopped"));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, onSignal);
  const destination = await open(location);
  try {
    return await work(destination, stop.signal);
  } finally {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, onSignal);
    await destination.close();
  }
}

async function open(location: string): Promise<Destination> {
  try {
    parseLocation(location);
    return await openDestination(location, process.env);
  } catch (error) {
    if (error instanceof SettingsError) throw new UsageError(error.message);
    throw new UsageError(`--location: ${error instanceof Error ? error.message : String(error)}`);
  }
}
