// What a field is changed to, and what has to come of it.
import { ABSENT } from "./fields.ts";

/** What has to come of a change. */
export type Expectation =
  /** It comes true, and is seen elsewhere than in the manifest, or is not. */
  | { readonly type: "ready"; readonly effect: boolean | "any" }
  /** The API server refuses it and nothing changes. */
  | { readonly type: "refused"; readonly says: RegExp }
  /** It is taken and cannot come true: the object says why, by a reason and in words. */
  | { readonly type: "waits"; readonly reasons: readonly string[]; readonly says: RegExp }
  /** Any of these, as long as it is told in plain words. */
  | { readonly type: "plain" };

/** Why it is among the candidates. */
export type Sort = "valid" | "boundary" | "absent" | "bad";

export interface Candidate {
  readonly label: string;
  readonly sort: Sort;
  /** May be ABSENT. */
  readonly value: unknown;
  readonly expect: Expectation;
}

export const READY: Expectation = { type: "ready", effect: true };
export const WITHOUT_EFFECT: Expectation = { type: "ready", effect: false };
const SAME: Expectation = { type: "ready", effect: "any" };
export const PLAIN: Expectation = { type: "plain" };

export const refusal = (says: RegExp): Expectation => ({ type: "refused", says });
export const waiting = (reasons: string | readonly string[], says: RegExp): Expectation => ({
  type: "waits",
  reasons: typeof reasons === "string" ? [reasons] : reasons,
  says,
});

const labelOf = (value: unknown): string => {
  if (value === ABSENT) return "absent";
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 50)}… (${text.length} characters)` : text;
};

const candidate =
  (sort: Sort, expect: Expectation) =>
  (value: unknown, label = labelOf(value)): Candidate => ({ label, sort, value, expect });

export const valid = candidate("valid", READY);
export const boundary = candidate("boundary", READY);
export const absent = (expect: Expectation = READY): Candidate => candidate("absent", expect)(ABSENT);
export const plain = candidate("bad", PLAIN);
/** Another way to write the same amount: a real API server stores both alike, the sandbox as they are written. */
export const same = candidate("valid", SAME);

export const refused = (value: unknown, says: RegExp, label?: string): Candidate =>
  candidate("bad", refusal(says))(value, label ?? labelOf(value));

export const bad = (
  value: unknown,
  reasons: string | readonly string[],
  says: RegExp,
  label?: string,
): Candidate => candidate("bad", waiting(reasons, says))(value, label ?? labelOf(value));

/** What is known of a field beyond its schema. */
export interface Hint {
  /** Instead of what follows from type, pattern and limits; absence is still tried. */
  readonly instead?: readonly Candidate[];
  readonly more?: readonly Candidate[];
  /** Other expectations of what follows from the schema, by label. */
  readonly expects?: Readonly<Record<string, Expectation>>;
  /** Why a valid change of it has no effect beyond the manifest. */
  readonly noEffect?: string;
}

export type Hints = Readonly<Record<string, Hint>>;
