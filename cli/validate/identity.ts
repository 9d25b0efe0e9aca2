// Which kind an object is: apiVersion, kind and metadata.name, of any kind; and what a mistyped one was meant to be.
import { API_VERSION, GROUP, type KindDefinition } from "../../api/kinds/kind.ts";
import { kinds } from "../../api/kinds/index.ts";
import type { Entry } from "./document.ts";
import { isMapping } from "./field-path.ts";
import type { Fault } from "./finding.ts";
import { didYouMean, listed, nearest } from "./suggest.ts";

/** What an object is, as far as can be told, and what is wrong with how it says so. */
export interface Identity {
  /** The Provost kind it is or was meant to be; undefined for kinds of others, which are not looked into. */
  readonly kind: KindDefinition | undefined;
  readonly faults: readonly Fault[];
}

const NAMES = kinds.map((kind) => kind.kind);
/** Kinds whose files kubectl never applies as they are, so that they need no name. */
const NAMELESS = new Set(["Kustomization", "Component"]);
const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** Identifies an object. A near miss is reported and then taken for what it was meant to be. */
export function identify(entry: Entry): Identity {
  const faults: Fault[] = [];
  for (const field of ["apiVersion", "kind"]) {
    const value = entry.value[field];
    if (value === undefined || value === null || value === "")
      faults.push({
        path: [field],
        message: `missing: every object needs one${example(field)}`,
        onKey: true,
      });
    else if (typeof value !== "string")
      faults.push({ path: [field], message: `must be text, not ${typeof value}${example(field)}` });
  }
  const kind = faults.length > 0 ? kindNamed(entry.kind) : provostKind(entry, faults);
  faults.push(...metadataFaults(entry));
  return { kind, faults };
}

const example = (field: string): string =>
  field === "kind" ? `, such as kind: ${listed(NAMES)}` : `, such as apiVersion: ${API_VERSION}`;

const kindNamed = (name: string): KindDefinition | undefined => kinds.find((kind) => kind.kind === name);

function provostKind(entry: Entry, faults: Fault[]): KindDefinition | undefined {
  const { apiVersion, kind } = entry;
  const [group = "", version] = apiVersion.includes("/") ? apiVersion.split("/") : ["", apiVersion];
  const named = kindNamed(kind);
  const meant = named ?? kindNamed(nearest(kind, NAMES) ?? "");
  if (group !== GROUP) {
    // Course may be somebody else's kind, and RoleBinding is one of Kubernetes'; a group spelled almost like ours is ours.
    const ours = meant !== undefined && (nearest(group, [GROUP]) !== undefined || meant.kind === "LmsTenant");
    if (!ours) return undefined;
    faults.push({
      path: ["apiVersion"],
      message: `"${apiVersion}" has no kind ${kind}: did you mean "${API_VERSION}"?`,
    });
  } else if (apiVersion !== API_VERSION) {
    faults.push({
      path: ["apiVersion"],
      message: `${GROUP} has no version "${version ?? ""}": write ${API_VERSION}`,
    });
  }
  if (!named)
    faults.push({
      path: ["kind"],
      message: `${GROUP} has no kind "${kind}": ${didYouMean(kind, NAMES, `it has ${listed(NAMES)}`)}`,
    });
  return meant;
}

function metadataFaults(entry: Entry): Fault[] {
  const metadata = entry.value["metadata"];
  if (NAMELESS.has(entry.kind)) return [];
  if (metadata === undefined || metadata === null)
    return [
      { path: ["metadata", "name"], message: "missing: add metadata with the object's name", onKey: true },
    ];
  if (!isMapping(metadata))
    return [{ path: ["metadata"], message: "must be a mapping: write name indented below it", onKey: true }];
  const { name, namespace } = metadata;
  const faults: Fault[] = [];
  if (name === undefined || name === null || name === "")
    faults.push({
      path: ["metadata", "name"],
      message: metadata["generateName"]
        ? "missing: an object that is applied again needs a name of its own; generateName is for kubectl create"
        : "missing: give the object a name",
    });
  else if (typeof name !== "string")
    faults.push({
      path: ["metadata", "name"],
      message: `must be text, not ${String(name)}: put quotes around it`,
    });
  if (typeof namespace === "string" && !LABEL.test(namespace))
    faults.push({
      path: ["metadata", "namespace"],
      message: `"${namespace}" is no name of a namespace: use lower-case letters, digits and inner hyphens, at most 63`,
    });
  return faults;
}
