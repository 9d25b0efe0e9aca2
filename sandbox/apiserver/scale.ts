// The scale subresource: a kind's replica count read and written as autoscaling/v1 Scale.
import type { KubeObject } from "../cluster.ts";
import type { JsonObject } from "../schema/index.ts";
import { must, type Core, type WriteManner } from "./core.ts";
import type { ApiResource, ScalePaths } from "./resources.ts";
import { selectorText } from "./selectors.ts";
import { badRequest, conflict, invalid, noSuchResource } from "./status.ts";
import { changeObject } from "./update.ts";

const steps = (path: string): string[] => path.replace(/^\./, "").split(".");

const readPath = (object: unknown, path: string | undefined): unknown => {
  if (path === undefined) return undefined;
  let at = object;
  for (const step of steps(path)) at = (at as JsonObject | undefined | null)?.[step];
  return at;
};

const writePath = (object: JsonObject, path: string, value: unknown): void => {
  const all = steps(path);
  const last = all.pop() ?? "";
  let at = object;
  for (const step of all) at = (at[step] ??= {}) as JsonObject;
  at[last] = value;
};

const pathsOf = (res: ApiResource): ScalePaths => {
  if (res.scale === undefined) throw noSuchResource();
  return res.scale;
};

/** The object's Scale. */
export const scaleOf = (object: KubeObject, res: ApiResource): KubeObject => {
  const paths = pathsOf(res);
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector = readPath(object, paths.labelSelectorPath);
  return {
    apiVersion: "autoscaling/v1",
    kind: "Scale",
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      ...(uid !== undefined && { uid }),
      ...(resourceVersion !== undefined && { resourceVersion }),
      ...(creationTimestamp !== undefined && { creationTimestamp }),
    },
    spec: { replicas: readPath(object, paths.specReplicasPath) ?? 0 },
    status: {
      replicas: readPath(object, paths.statusReplicasPath) ?? 0,
      ...(selector !== undefined && { selector: selectorText(selector) }),
    },
  };
};

/** Writes the replica count of a Scale to its object and returns the new Scale. */
export const writeScale = (
  core: Core,
  res: ApiResource,
  namespace: string | undefined,
  name: string,
  scale: JsonObject,
  manner: WriteManner,
): KubeObject => {
  const paths = pathsOf(res);
  const live = must(core, res, namespace, name);
  if (scale["kind"] !== undefined && scale["kind"] !== "Scale")
    throw badRequest(
      `the kind in the data (${String(scale["kind"])}) does not match the expected kind (Scale)`,
    );
  const meta = (scale["metadata"] ?? {}) as { resourceVersion?: string; name?: string };
  if (meta.name !== undefined && meta.name !== name)
    throw badRequest(`the name of the object (${meta.name}) does not match the name on the URL (${name})`);
  if (meta.resourceVersion && meta.resourceVersion !== live.metadata.resourceVersion)
    throw conflict(res, name);
  const replicas = (scale["spec"] as JsonObject | undefined)?.["replicas"] ?? 0;
  if (typeof replicas !== "number" || !Number.isInteger(replicas) || replicas < 0)
    throw invalid({ group: "autoscaling", kind: "Scale" }, name, [
      {
        type: "Invalid",
        field: "spec.replicas",
        badValue: replicas,
        detail: "must be greater than or equal to 0",
      },
    ]);
  const next = structuredClone(live) as unknown as JsonObject;
  writePath(next, paths.specReplicasPath, replicas);
  return scaleOf(changeObject(core, res, live, next, manner), res);
};
