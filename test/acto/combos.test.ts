// Several changes one after another, of any kinds, with time in between or none, then all taken back: everything must be as
// before. ACTO_SEED repeats a run.
import fc from "fast-check";
import { expect, test } from "vitest";
import { isUntried } from "./exceptions.ts";
import { withValue } from "./fields.ts";
import { DECLARED, type Resource } from "./manifests.ts";
import { applied, type Base, type Change, revert } from "./run.ts";
import { Bench, changeName, changesOf, fieldsOfKind } from "./suite.ts";

const SEED = Number(process.env["ACTO_SEED"] ?? Date.now() % 1_000_000_007);
const RUNS = Number(process.env["ACTO_RUNS"] ?? 80);
/** Larger values take their time and show nothing that smaller ones do not. */
const LARGEST = 2_000;

const bench = new Bench(`combos (seed ${SEED})`, DECLARED);

const changes = ["LmsTenant", "Course", "RoleBinding"].flatMap((kind) =>
  fieldsOfKind(kind)
    .filter((field) => !isUntried(field))
    .flatMap((field) => changesOf(field, DECLARED))
    .filter(({ candidate: { expect: expected, value } }) => {
      const small = typeof value !== "string" || value.length <= LARGEST;
      return small && expected.type !== "refused";
    }),
);

interface Step {
  /** Which of the changes; a number, so that a counterexample fits on a page. */
  readonly nth: number;
  /** Whether the operator comes to rest before the next step. */
  readonly pause: boolean;
}

const steps = fc.array(fc.record({ nth: fc.nat(changes.length - 1), pause: fc.boolean() }), {
  minLength: 2,
  maxLength: 5,
});

const changeOf = ({ nth }: Step): Change => {
  const change = changes[nth];
  if (!change) throw new RangeError(`there is no change ${nth}`);
  return change;
};

const textOf = (sequence: readonly Step[]): string =>
  sequence.map((step) => `${changeName(changeOf(step))}${step.pause ? ", pause" : ""}`).join("; ");

/** Each step changes what the steps before it left; one that the API server refuses is not taken. */
async function runSteps(base: Base, sequence: readonly Step[], backwards: boolean): Promise<string[]> {
  const now = new Map<string, Resource>();
  for (const step of sequence) {
    const { manifest, place, candidate } = changeOf(step);
    const key = `${manifest.kind}/${manifest.metadata.name}`;
    const next = withValue(now.get(key) ?? manifest, place, candidate.value);
    if ((await applied(base.stage, next)) === undefined) now.set(key, next);
    if (step.pause) await base.stage.activity.quiet();
  }
  const { declared } = base;
  return revert(base, backwards ? declared.toReversed() : declared);
}

/** Sequences that once could not be taken back, by the names of their changes. */
const KNOWN: readonly (readonly string[])[] = [
  // A course that was looked at while its site asked for another's hostname told, and kept, that address.
  ['LmsTenant spec.hostname: "fjord.example.org"', "Course metadata.labels: absent"],
];

test.each(KNOWN)("%s; %s", async (...names) => {
  const sequence = names.map((name) => ({
    nth: changes.findIndex((change) => changeName(change) === name),
    pause: true,
  }));
  const again = "npm run test:acto -- combos";
  expect(await bench.run(textOf(sequence), again, (base) => runSteps(base, sequence, true))).toBeUndefined();
});

test("any sequence of changes can be taken back", async () => {
  console.log(`ACTO_SEED=${SEED} npm run test:acto -- combos`);
  await fc.assert(
    fc.asyncProperty(steps, fc.boolean(), async (sequence, backwards) => {
      const name = `${textOf(sequence)}; all taken back${backwards ? " backwards" : ""}`;
      const again = `ACTO_SEED=${SEED} npm run test:acto -- combos`;
      const fault = await bench.run(name, again, (base) => runSteps(base, sequence, backwards));
      expect(fault ?? "").toBe("");
    }),
    // What a run left behind is cleared away before the next: shrinking is worth its time, but not for ever.
    { seed: SEED, numRuns: RUNS, interruptAfterTimeLimit: 180_000, markInterruptAsFailure: false },
  );
});
