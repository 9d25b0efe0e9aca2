// Applies take turns: each holds a connection of the pool while it waits for locks, and people's pages need the others.

/** Runs at most `atOnce` of the works given to it; the rest wait in the order they came. */
export function inTurns(atOnce: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      // Whoever is next takes over this place.
      if (next) next();
      else running--;
    }
  };
}
