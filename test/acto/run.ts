// One run: a field is changed, what comes of it is looked at, the field is changed back, and everything must be as before.
import { ApiError } from "../../controller/engine/index.ts";
import type { KubeObject } from "../../sandbox/cluster.ts";
import { differences } from "../faults/oracle.ts";
import type { Candidate, Expectation } from "./candidates.ts";
import { type Field, type Place, placeText, withValue } from "./fields.ts";
import type { Resource } from "./manifests.ts";
import { type Stage, WITHIN_MS } from "./stage.ts";
import { condition, isObserved, isReady } from "./state.ts";

export type State = Readonly<Record<string, unknown>>;

/** What a run starts from. */
export interface Base {
  readonly stage: Stage;
  readonly declared: readonly Resource[];
  readonly state: State;
}

/** A field of one manifest and what it is changed to. */
export interface Change {
  readonly field: Field;
  readonly manifest: Resource;
  readonly place: Place;
  readonly candidate: Candidate;
}

/** Programs' words: nobody can tell from them what to do. */
const NOT_PLAIN_REASON = /^(Reconcile|Lms)?(Internal|Error)|Internal|^Api|ReconcileError|^Unreachable$/;
const NOT_PLAIN_WORDS =
  /undefined|\[object|TypeError|RangeError|\bNaN\b|\bat \w+ \(|invalid byte sequence|ECONN/;

export async function runChange(base: Base, change: Change): Promise<string[]> {
  const { stage } = base;
  const { manifest, place, candidate } = change;
  const before = stage.find(manifest.kind, manifest.metadata.name)?.metadata;
  const refusal = await applied(stage, withValue(manifest, place, candidate.value));
  if (refusal !== undefined) {
    const after = stage.find(manifest.kind, manifest.metadata.name)?.metadata;
    const moved = before?.resourceVersion !== after?.resourceVersion ? ["it was refused and changed"] : [];
    return [...refusalFaults(candidate.expect, refusal), ...moved];
  }
  const faults = await consequences(base, change);
  return [...faults, ...(await revert(base))];
}

/** Applies a manifest; returns what the API server said when it refused. */
export async function applied(stage: Stage, manifest: Resource): Promise<string | undefined> {
  try {
    await stage.apply(manifest);
    return undefined;
  } catch (error) {
    // A value of another type than the schema's is no object that could be validated: the server says so with 500.
    if (error instanceof ApiError && (error.status < 500 || /typed patch object/.test(error.message)))
      return error.message;
    throw error;
  }
}

function refusalFaults(expect: Expectation, message: string): string[] {
  if (expect.type === "plain") return [];
  if (expect.type !== "refused") return [`the API server refuses it: ${message}`];
  return expect.says.test(message) ? [] : [`the refusal does not say ${String(expect.says)}: ${message}`];
}

async function consequences({ stage, declared, state }: Base, change: Change): Promise<string[]> {
  const { manifest, candidate } = change;
  const { expect } = candidate;
  const { kind, metadata } = manifest;
  const look = () => stage.find(kind, metadata.name);
  switch (expect.type) {
    case "refused":
      return ["the API server takes it"];
    case "plain":
      await stage.until(() => isObserved(look()));
      await stage.activity.quiet();
      return isReady(look())
        ? []
        : [...wordFaults(condition(look(), "Ready")), ...placeFaults(look(), change)];
    case "waits": {
      const told = await stage.until(() => {
        const ready = condition(look(), "Ready");
        return isObserved(look()) && ready?.status === "False" && expect.reasons.includes(ready.reason);
      }, WITHIN_MS);
      await stage.activity.quiet();
      const ready = condition(look(), "Ready");
      if (!told)
        return [`it should wait with ${expect.reasons.join(" or ")}; it says ${JSON.stringify(ready)}`];
      const says = expect.says.test(ready?.message ?? "") ? [] : [`it does not say ${String(expect.says)}`];
      const words = [...says, ...wordFaults(ready)].map((fault) => `${fault}: ${ready?.message ?? ""}`);
      return [...words, ...(await writesAtRest(stage, manifest, true))];
    }
    case "ready": {
      if (!(await stage.until(() => stage.allReady(declared))))
        return ["it does not come true", ...stage.unready(declared)];
      await stage.activity.quiet();
      const faults = effectFaults(state, await stage.state(), change);
      return [...faults, ...(await stage.serves()), ...(await writesAtRest(stage, manifest))];
    }
  }
}

function wordFaults(ready: { readonly reason: string; readonly message: string } | undefined): string[] {
  if (ready === undefined) return ["it has no condition Ready"];
  const { reason, message } = ready;
  if (NOT_PLAIN_REASON.test(reason)) return [`${reason} is no reason that anybody can act on (${message})`];
  return NOT_PLAIN_WORDS.test(message) || message.length < 20 ? [`these are no plain words: ${message}`] : [];
}

/** Whoever has to correct a value must be told where it stands. */
function placeFaults(object: KubeObject | undefined, { place }: Change): string[] {
  const { message = "" } = condition(object, "Ready") ?? {};
  return message.includes(placeText(place))
    ? []
    : [`it does not say where (${placeText(place)}): ${message}`];
}

/** A change that comes true and is seen nowhere is as good as lost. */
function effectFaults(before: State, after: State, { manifest, candidate }: Change): string[] {
  if (candidate.expect.type !== "ready" || candidate.expect.effect === "any") return [];
  const own = Object.keys(before).find((key) => key.endsWith(`s/${manifest.metadata.name}`) && isOurs(key));
  const without = ({ [own ?? ""]: _, ...rest }: State): State => rest;
  const changed = differences(without(before), without(after));
  if (candidate.expect.effect)
    return changed.length === 0 ? ["it comes true, but nothing except the manifest is any different"] : [];
  return changed.map((difference) => `it should have no effect: ${difference}`);
}

const isOurs = (key: string): boolean => /^(lmstenants|courses|rolebindings)\//.test(key);

/** Looked at again without a reason, nothing may be written anywhere. What waits may try, and change nothing. */
async function writesAtRest(stage: Stage, manifest: Resource, waits = false): Promise<string[]> {
  const { activity } = stage;
  const [writes, changes, reconciles] = [
    await activity.writes(),
    activity.changes,
    await activity.reconciles(),
  ];
  await stage.poke(manifest);
  if ((await activity.reconciles()) === reconciles) return ["the operator did not look again"];
  // To make it look is a change itself.
  const more = waits ? activity.changes - changes - 1 : (await activity.writes()) - writes;
  return more === 0 ? [] : [`${more} ${waits ? "changes" : "writes"} although nothing was to be done`];
}

/** Declares the base state again; everything must come back to what it was, by itself and soon. */
export async function revert({ stage, declared, state }: Base, changed = declared): Promise<string[]> {
  await stage.apply(...changed);
  if (!(await stage.until(() => stage.allReady(declared))))
    return [`changed back, it is not Ready within ${WITHIN_MS / 1000} s`, ...stage.unready(declared)];
  await stage.activity.quiet();
  const left = differences(state, await stage.state());
  return left.map((difference) => `changed back, it is not as before: ${difference}`);
}
