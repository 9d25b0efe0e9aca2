// Learners at work all at once, and what they were told: which answers were accepted, which requests failed.
import { setTimeout as sleep } from "node:timers/promises";
import { textOf, type Visitor } from "./visitor.ts";

export interface Crowd {
  /** Requests that were answered so far. */
  answered(): number;
  /** Attempts that the site has said it has, by their address: whose they are, and when it said so. */
  readonly accepted: ReadonlyMap<string, { readonly visitor: Visitor; readonly at: Date }>;
  /** What went wrong, in words. */
  readonly failures: readonly string[];
  /** Ends when each learner has finished what he is at. */
  leave(): Promise<void>;
}

const COURSE = "basics";

/** Each visitor, signed in, reads and takes the quiz again and again. */
export function crowdOf(visitors: readonly Visitor[]): Crowd {
  const accepted = new Map<string, { visitor: Visitor; at: Date }>();
  const failures: string[] = [];
  let [answered, leaving] = [0, false];
  const expect = (what: string, page: { status: number; path: string; html: string }): boolean => {
    answered++;
    if (page.status === 200) return true;
    failures.push(
      `${new Date().toISOString()} ${what}: HTTP ${page.status} at ${page.path}: ${textOf(page.html).slice(0, 200)}`,
    );
    return false;
  };
  const round = async (visitor: Visitor): Promise<void> => {
    for (const path of ["/dashboard", `/courses/${COURSE}`, `/courses/${COURSE}/items/welcome`])
      expect(path, await visitor.get(path));
    const start = await visitor.get(`/courses/${COURSE}/items/check`);
    if (!expect("the quiz", start)) return;
    // One that was begun may be open still: the answer to its beginning failed.
    const attempt = start.html.includes("/attempt/start")
      ? await visitor.submit(start, "/attempt/start")
      : await visitor.get(`/courses/${COURSE}/items/check/attempt`);
    if (!expect("beginning an attempt", attempt)) return;
    const result = await visitor.submit(attempt, "/attempt/submit", { "q.sky": "blue" });
    if (expect("handing in", result) && /^\/attempts\/\d+/.test(result.path))
      accepted.set(result.path, { visitor, at: new Date() });
  };
  const work = async (visitor: Visitor): Promise<void> => {
    while (!leaving) {
      try {
        await round(visitor);
      } catch (error) {
        failures.push(`${new Date().toISOString()} ${String(error)}`);
        await sleep(200);
      }
      await sleep(50);
    }
  };
  const all = visitors.map(work);
  return {
    answered: () => answered,
    accepted,
    failures,
    async leave() {
      leaving = true;
      await Promise.all(all);
    },
  };
}
