// The other side of aside.ts: calls what it is told to call and sends back what came of it.
export interface Task {
  readonly id: number;
  /** Address of a module. */
  readonly module: string;
  /** A function it exports. */
  readonly name: string;
  readonly args: readonly unknown[];
}

export interface Answer {
  readonly id: number;
  readonly result?: unknown;
  /** What was thrown, if anything was. */
  readonly error?: unknown;
}

async function answerTo({ id, module: url, name, args }: Task): Promise<Answer> {
  try {
    const { [name]: called } = (await import(url)) as Record<
      string,
      (...args: readonly unknown[]) => unknown
    >;
    if (!called) throw new Error(`${url} exports no ${name}`);
    return { id, result: await called(...args) };
  } catch (error) {
    return { id, error };
  }
}

process.on("message", (task: Task) => void answerTo(task).then((answer) => process.send?.(answer)));
// The runtime stops by finishing what it does: a signal to the whole group is no reason to leave it without an answer.
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => {});
process.on("disconnect", () => process.exit());
