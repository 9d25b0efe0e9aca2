// `provost validate` from texts to findings: read, identify, judge each object, then all of them together. No effects.
import { Catalogue, type Given } from "./catalogue.ts";
import { courseFaults } from "./course.ts";
import { dataReferenceFaults } from "./data-references.ts";
import { type Entry, readSource, type Source } from "./document.ts";
import { type FieldPath, formatPath } from "./field-path.ts";
import { type Fault, type Finding, inOrder } from "./finding.ts";
import { identify, type Identity } from "./identity.ts";
import { referenceFaults } from "./references.ts";
import { releaseFaults } from "./release-references.ts";
import { backupFaults, runReferenceFaults } from "./run-references.ts";
import { schemaFaults } from "./schema.ts";
import { tenantFaults } from "./tenant.ts";
import { uniquenessFaults } from "./uniqueness.ts";

export interface ValidateOptions {
  /** Namespace of objects that name none, as with `kubectl apply -n`. */
  readonly namespace: string;
  /** Whether a reference to something that is not given is an error. */
  readonly strictRefs: boolean;
}

export interface Report {
  readonly files: number;
  readonly objects: number;
  readonly findings: readonly Finding[];
}

/** Every fault of every object of the texts, in the order of files and lines. */
export function validateSources(sources: readonly Source[], options: ValidateOptions): Report {
  const read = sources.map(readSource);
  const entries = read.flatMap((source) => source.entries);
  const identities = new Map(entries.map((entry) => [entry, identify(entry)]));
  const givens = entries.map((entry): Given => {
    const kind = identities.get(entry)?.kind;
    return { entry, kind, namespace: entry.namespace || options.namespace };
  });
  const catalogue = new Catalogue(givens);
  const unique = uniquenessFaults(catalogue);
  const findings = givens.flatMap((given) => {
    const faults = [
      ...ownFaults(given.entry, identities.get(given.entry)),
      ...(unique.get(given) ?? []),
      ...outwardFaults(given, catalogue),
    ];
    return faults.map((fault) => given.entry.finding(fault)).map((finding) => strict(finding, options));
  });
  return {
    files: sources.length,
    objects: entries.length,
    findings: inOrder([...read.flatMap((source) => source.findings), ...findings]),
  };
}

/** What is wrong with an object by itself; what one check told, the next does not tell again. */
function ownFaults(entry: Entry, identity: Identity | undefined): Fault[] {
  const { kind, faults = [] } = identity ?? {};
  if (!kind) return [...faults];
  const schema = newOnes(schemaFaults(entry, kind), faults);
  const known = [...faults, ...schema];
  const own =
    kind.kind === "Course"
      ? courseFaults(entry.value, known)
      : kind.kind === "LmsTenant"
        ? newOnes(tenantFaults(entry.value), known)
        : [];
  return [...known, ...own];
}

function newOnes(faults: readonly Fault[], known: readonly Fault[]): Fault[] {
  const told = new Set(known.map(({ path }) => formatPath(path)));
  return faults.filter(({ path }) => !told.has(formatPath(path)));
}

const BOOTSTRAP: FieldPath = ["spec", "bootstrap", "restoreFrom", "backupRef", "name"];

function outwardFaults(given: Given, catalogue: Catalogue): Fault[] {
  switch (given.kind?.kind) {
    case "LmsTenant":
      return [
        ...dataReferenceFaults(given, catalogue),
        ...backupFaults(given, BOOTSTRAP, catalogue),
        ...releaseFaults(given, catalogue),
      ];
    case "Course":
      return [...referenceFaults(given, catalogue), ...dataReferenceFaults(given, catalogue)];
    case "RoleBinding":
      return referenceFaults(given, catalogue);
    case "Backup":
    case "Restore":
      return [...runReferenceFaults(given, catalogue), ...dataReferenceFaults(given, catalogue)];
    default:
      return [];
  }
}

/** All warnings of objects are about what is not given. */
const strict = (finding: Finding, { strictRefs }: ValidateOptions): Finding =>
  strictRefs && finding.severity === "warning" ? { ...finding, severity: "error" } : finding;
