// Waits for something to come true, as long as a slow machine may take.
import { expect } from "vitest";

/** `await eventually(() => value).toBe(...)`: looks every 10 ms, for at most 20 s. */
export function eventually<T>(read: () => T): ReturnType<typeof expect.poll<T>> {
  return expect.poll(read, { timeout: 20_000, interval: 10 });
}
