// Custom kinds as ApiResources: what is served for a CustomResourceDefinition.
import type { KubeObject } from "../cluster.ts";
import { compileStructural, type JSONSchemaProps } from "../schema/index.ts";
import type { Store } from "../store/store.ts";
import { crdSpec, crdStatus, crdStorage, type CrdSpec, type CrdVersion } from "./crd-types.ts";
import { storageName, type ApiResource, type ResourceRegistry } from "./resources.ts";

const verbs = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];

const resourceOf = (crd: KubeObject, spec: CrdSpec, version: CrdVersion, storedAs: string): ApiResource => {
  const names = spec.names;
  const openapi: JSONSchemaProps = version.schema?.openAPIV3Schema ?? { type: "object" };
  const schema = compileStructural(openapi);
  const { status, scale } = version.subresources ?? {};
  const deprecation =
    version.deprecationWarning ?? `${spec.group}/${version.name} ${names.kind} is deprecated`;
  return {
    group: spec.group,
    version: version.name,
    kind: names.kind,
    listKind: names.listKind ?? `${names.kind}List`,
    plural: names.plural,
    singular: names.singular ?? names.kind.toLowerCase(),
    namespaced: spec.scope === "Namespaced",
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    verbs,
    subresources: [...(status === undefined ? [] : ["status"]), ...(scale === undefined ? [] : ["scale"])],
    ...(scale !== undefined && { scale }),
    schema,
    openapi,
    columns: version.additionalPrinterColumns ?? [],
    selectableFields: (version.selectableFields ?? []).map((f) => f.jsonPath),
    storage: storageName(spec.group, names.plural),
    storedAs,
    custom: true,
    terminating: crd.metadata.deletionTimestamp !== undefined,
    ...(version.deprecated === true && { deprecation }),
    applyDefaults: (obj) => schema.applyDefaults(obj),
    validate: (obj, oldObj) => schema.validate(obj, oldObj),
  };
};

/** A CRD is served once its names are accepted. */
const namesAccepted = (crd: KubeObject): boolean =>
  crdStatus(crd).conditions?.some((c) => c.type === "NamesAccepted" && c.status === "False") !== true;

/** One resource per served version of the CRD. */
export const resourcesOf = (crd: KubeObject): ApiResource[] => {
  const spec = crdSpec(crd);
  const stored = spec.versions.find((v) => v.storage)?.name ?? "";
  return spec.versions
    .filter((version) => version.served)
    .map((version) => resourceOf(crd, spec, version, `${spec.group}/${stored}`));
};

/** Serves what CRDs are stored, and follows their changes at once; `gone` hears of those deleted. Returns the function that stops it. */
export const serveCrds = (
  store: Store,
  registry: ResourceRegistry,
  gone: (storage: string) => void = () => {},
): (() => void) => {
  /** Status writes are many and change nothing that is served. */
  const served = new Map<string, string>();
  const serve = (crd: KubeObject): void => {
    const accepted = namesAccepted(crd);
    const sign = `${crd.metadata.uid}/${crd.metadata.generation}/${accepted}/${crd.metadata.deletionTimestamp}`;
    if (served.get(crd.metadata.name) === sign) return;
    served.set(crd.metadata.name, sign);
    registry.set(crd.metadata.name, accepted ? resourcesOf(crd) : []);
  };
  for (const [, crd] of store.collection(crdStorage).entries()) serve(crd);
  return store.subscribe(crdStorage, (event) => {
    if (event.type !== "DELETED") return serve(event.object);
    served.delete(event.object.metadata.name);
    registry.set(event.object.metadata.name, []);
    const { group, names } = crdSpec(event.object);
    gone(storageName(group, names.plural));
  });
};
