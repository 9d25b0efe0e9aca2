// Turns the fields of a kind into tests: one for each group of fields, with a run for each value.
import { afterAll, beforeAll, expect, test } from "vitest";
import { canonicalJson, type KindDefinition, kinds, validate } from "../../api/index.ts";
import { candidatesOf } from "./values.ts";
import { type Hints, WITHOUT_EFFECT } from "./candidates.ts";
import { isUntried } from "./exceptions.ts";
import { BINDING_HINTS } from "./hints-rolebinding.ts";
import { COURSE_HINTS } from "./hints-course.ts";
import { TENANT_HINTS } from "./hints-tenant.ts";
import { type Field, fieldsOf, groupOf, placeOf, placeText, withValue } from "./fields.ts";
import { type Resource, SURROUNDINGS } from "./manifests.ts";
import { type Base, type Change, revert, runChange } from "./run.ts";
import { Stage } from "./stage.ts";

export const HINTS: Readonly<Record<string, Hints>> = {
  LmsTenant: TENANT_HINTS,
  Course: COURSE_HINTS,
  RoleBinding: BINDING_HINTS,
};

/** Only runs whose name has this in it. */
const ONLY = process.env["ACTO_ONLY"];
const LOG_LINES = 30;
/** The test files by kind, as vitest filters them. */
const FILES: Readonly<Record<string, string>> = {
  LmsTenant: "acto/tenant",
  Course: "acto/course",
  RoleBinding: "acto/rolebinding",
};

function definitionOf(kind: string): KindDefinition {
  const definition = kinds.find((one) => one.kind === kind);
  if (!definition) throw new Error(`there is no kind ${kind}`);
  return definition;
}

export const fieldsOfKind = (kind: string): Field[] => fieldsOf(definitionOf(kind));

/** Every change of a field: at the first place in any of the manifests where it has a value. */
export function changesOf(field: Field, manifests: readonly Resource[]): Change[] {
  const own = manifests.filter(({ kind }) => kind === field.kind);
  const manifest = own.find((one) => placeOf(field, one)) ?? own[0];
  if (!manifest) throw new Error(`no manifest of kind ${field.kind}`);
  // A field that no manifest has stands where its name says.
  const place = placeOf(field, manifest) ?? field.path.split(".");
  const hint = HINTS[field.kind]?.[field.path];
  const before = withDefaults(manifest);
  return candidatesOf(field, manifest, hint).map((candidate) => {
    const { expect } = candidate;
    const defaulted =
      expect.type === "ready" && before === withDefaults(withValue(manifest, place, candidate.value));
    return {
      field,
      manifest,
      place,
      candidate: defaulted ? { ...candidate, expect: WITHOUT_EFFECT } : candidate,
    };
  });
}

/** The spec as the API server stores it. What only says what the default says anyway changes nothing. */
function withDefaults({ kind, spec }: Resource): string {
  const copy = structuredClone(spec);
  validate(definitionOf(kind).spec, copy);
  return canonicalJson(copy);
}

export function changeName({ field, place, candidate }: Change): string {
  return `${field.kind} ${placeText(place)}: ${candidate.label}`;
}

const isWanted = (change: Change): boolean => ONLY === undefined || changeName(change).includes(ONLY);

/** The base state of a test file, and how many runs were made from it. */
export class Bench {
  readonly #declared: readonly Resource[];
  #base: Base | undefined;
  runs = 0;

  /** Call at the top level of a test file. */
  constructor(title: string, declared: readonly Resource[]) {
    this.#declared = declared;
    const startedAt = performance.now();
    beforeAll(() => this.base(), 180_000);
    afterAll(async () => {
      console.log(`${title}: ${this.runs} runs, ${Math.round((performance.now() - startedAt) / 1000)} s`);
      await this.close();
    }, 60_000);
  }

  async base(): Promise<Base> {
    if (this.#base) return this.#base;
    const stage = await Stage.start(SURROUNDINGS, this.#declared);
    this.#base = { stage, declared: this.#declared, state: await stage.state() };
    return this.#base;
  }

  /** What went wrong may have left anything behind: the next run starts from a new stage. */
  async close(): Promise<void> {
    const base = this.#base;
    this.#base = undefined;
    await base?.stage.stop();
  }

  /** Makes a run; returns what is wrong with the operator's last words, or nothing. */
  async run(
    name: string,
    again: string,
    work: (base: Base) => Promise<string[]>,
  ): Promise<string | undefined> {
    const base = await this.base();
    base.stage.log();
    this.runs++;
    const faults = await work(base).catch((error: unknown) => [String(error)]);
    if (faults.length === 0) return undefined;
    const log = base.stage.log().trim().split("\n").slice(-LOG_LINES);
    if (
      !(await revert(base)
        .then((left) => left.length === 0)
        .catch(() => false))
    )
      await this.close();
    return [name, ...faults.map((fault) => `  ${fault}`), `  again: ${again}`, "  log:", ...log].join("\n");
  }
}

/** Declares the tests of a kind. `declared` is the base state. */
export function testFields(kind: string, declared: readonly Resource[]): Bench {
  const fields = fieldsOfKind(kind).filter((field) => !isUntried(field));
  const bench = new Bench(
    `${kind}, ${fields.length} fields (${fields.filter(({ leaf }) => leaf).length} leaves)`,
    declared,
  );
  for (const [group, members] of Map.groupBy(fields, groupOf)) {
    const changes = members.flatMap((field) => changesOf(field, declared)).filter(isWanted);
    test.skipIf(changes.length === 0)(`${kind} ${group}`, async () => {
      const wrong: string[] = [];
      for (const change of changes) {
        const name = changeName(change);
        const again = `ACTO_ONLY='${name.replaceAll("'", "'\\''")}' npm run test:acto -- ${FILES[kind] ?? ""}`;
        const fault = await bench.run(name, again, (base) => runChange(base, change));
        if (fault !== undefined) wrong.push(fault);
      }
      expect(wrong.join("\n\n")).toBe("");
    });
  }
  return bench;
}
