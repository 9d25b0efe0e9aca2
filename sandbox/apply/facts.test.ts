// What a real kube-apiserver answered to sequences of writes (testdata/requests.json), replayed. Times are those of
// the step that set them. Custom resources were answered by Kubernetes 1.36, built-in kinds by 1.20.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { findBuiltin } from "../builtin/index.ts";
import { mergePatch } from "../patch/index.ts";
import { compileStructural, jsonClone } from "../schema/index.ts";
import type { FieldError, JSONSchemaProps, JsonObject, SchemaNode } from "../schema/index.ts";
import { ApplyError, applyPatch, conflictMessage, trackUpdate } from "./index.ts";

interface Step {
  verb: "apply" | "merge" | "put" | "create";
  manager: string;
  force?: boolean;
  subresource?: string;
  body: JsonObject;
  code?: number;
  message?: string;
  object?: JsonObject;
}
interface Scenario {
  name: string;
  resource: string;
  steps: Step[];
}

const load = (url: string): unknown => JSON.parse(readFileSync(new URL(url, import.meta.url), "utf8"));

/** As much of an API server as the steps need. */
interface Kind {
  node: SchemaNode;
  /** Defaults of an object as sent, and of one as merged. */
  takeIn(object: JsonObject): void;
  defaults(object: JsonObject): void;
  validate(object: JsonObject, old?: JsonObject): FieldError[];
}

const widget = (load("../schema/testdata/values.json") as { schema: JSONSchemaProps }).schema;

function kindOf(resource: string): Kind {
  if (resource !== "widgets") {
    const kind = findBuiltin(resource === "deployments" ? "apps" : "", "v1", resource);
    if (!kind) throw new Error(`no kind behind ${resource}`);
    return {
      node: kind.schema.root,
      takeIn: (object) => kind.applyDefaults(object),
      defaults: (object) => kind.applyDefaults(object),
      validate: (object, old) => kind.validate(object, old),
    };
  }
  const schema = compileStructural(widget);
  return {
    node: schema.root,
    takeIn(object) {
      schema.prune(object);
      schema.applyDefaults(object);
    },
    defaults: (object) => schema.fillDefaults(object),
    validate: (object, old) => schema.validate(object, old),
  };
}

type Answer = { object: JsonObject } | { code: number; message?: string };

function answer(kind: Kind, live: JsonObject | undefined, step: Step, at: number): Answer {
  const { manager, subresource, force = false } = step;
  const apiVersion = step.body["apiVersion"] ?? live?.["apiVersion"];
  const common = {
    manager,
    schema: kind.node,
    now: `step ${at}`,
    apiVersion: apiVersion as string,
    ...(subresource !== undefined && { subresource }),
    ...(subresource === undefined && { resetFields: [["status"]] }),
  };
  const body = {
    ...step.body,
    metadata: { name: "NAME", ...(step.body["metadata"] as JsonObject | undefined) },
  };
  let object: JsonObject;
  if (step.verb === "apply") {
    try {
      const result = applyPatch({
        ...common,
        ...(live && { live }),
        applied: body,
        force,
        defaults: kind.defaults,
      });
      if (result.conflicts) return { code: 409, message: conflictMessage(result.conflicts) };
      object = ownPart(result.object, live, subresource);
    } catch (error) {
      if (error instanceof ApplyError) return { code: error.code, message: error.message };
      throw error;
    }
  } else {
    const sent = step.verb === "merge" && live ? mergePatch(live, step.body) : withBooks(body, live);
    const after = ownPart(sent, live, subresource);
    dropEmptyMetadata(after);
    kind.takeIn(after);
    object = trackUpdate({ ...common, ...(live && { before: live }), after });
  }
  const faults = kind.validate(object, live);
  return faults.length > 0 ? { code: 422, message: JSON.stringify(faults) } : { object };
}

/** A client that replaces an object sends the managedFields back as it got them. */
function withBooks(body: JsonObject, live: JsonObject | undefined): JsonObject {
  const books = (live?.["metadata"] as JsonObject | undefined)?.["managedFields"];
  return {
    ...jsonClone(body),
    metadata: { ...(body["metadata"] as JsonObject), ...(books !== undefined && { managedFields: books }) },
  };
}

/** Empty maps and lists of metadata are as good as none. */
function dropEmptyMetadata(object: JsonObject): void {
  const metadata = object["metadata"] as JsonObject;
  for (const field of ["labels", "annotations", "finalizers"])
    if (Object.keys((metadata[field] ?? {}) as object).length === 0) delete metadata[field];
}

/** Each endpoint writes its part only. */
function ownPart(
  object: JsonObject,
  live: JsonObject | undefined,
  subresource: string | undefined,
): JsonObject {
  const { status, ...rest } = object;
  const kept = live?.["status"];
  if (subresource === "status") {
    const metadata = {
      ...(live?.["metadata"] as JsonObject),
      managedFields: (object["metadata"] as JsonObject)["managedFields"],
    };
    return { ...live, metadata, ...(status !== undefined && { status }) };
  }
  return { ...rest, ...(kept !== undefined && { status: kept }) };
}

const books = (object: JsonObject | undefined): JsonObject[] =>
  ((object?.["metadata"] as JsonObject | undefined)?.["managedFields"] as JsonObject[] | undefined) ?? [];

const scenarios = load("./testdata/requests.json") as Scenario[];

describe.each(scenarios.map((scenario) => [scenario.name, scenario] as const))(
  "%s",
  (_, { resource, steps }) => {
    test("answers as kube-apiserver does", () => {
      const kind = kindOf(resource);
      const isCustom = resource === "widgets";
      let live: JsonObject | undefined;
      steps.forEach((step, at) => {
        if (step.message?.endsWith("already exists")) return;
        const result = answer(kind, live, step, at);
        const where = `step ${at}: ${step.verb} by ${step.manager} ${JSON.stringify(step.body).slice(0, 200)}`;
        if (step.object === undefined) {
          expect(result, where).toHaveProperty("code", step.code);
          if (step.code === 409) expect(result, where).toEqual({ code: 409, message: step.message });
          if (step.code === 500)
            expect((result as { message: string }).message.split("\n").sort(), where).toEqual(
              step.message?.split("\n").sort(),
            );
          return;
        }
        if (!("object" in result)) throw new Error(`${where}: refused: ${JSON.stringify(result)}`);
        expect(books(result.object), where).toEqual(books(step.object));
        if (isCustom) {
          expect(result.object["spec"], where).toEqual(step.object["spec"]);
          expect(result.object["status"], where).toEqual(step.object["status"]);
          for (const field of ["labels", "annotations", "finalizers"])
            expect((result.object["metadata"] as JsonObject)[field], where).toEqual(
              (step.object["metadata"] as JsonObject)[field],
            );
        }
        live = result.object;
      });
    });
  },
);
