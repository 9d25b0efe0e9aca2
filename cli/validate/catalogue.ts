// All given objects by what they are, for checks that look from one object to another.
import type { KindDefinition } from "../../api/kinds/kind.ts";
import type { Entry } from "./document.ts";
import { valueAt } from "./field-path.ts";

/** An object with the kind it was taken for. */
export interface Given {
  readonly entry: Entry;
  readonly kind: KindDefinition | undefined;
  /** Where it goes: its own namespace, or the one of objects that name none. */
  readonly namespace: string;
}

/** Every object of a run. */
export class Catalogue {
  readonly all: readonly Given[];
  readonly #byId = new Map<string, Given>();

  constructor(all: readonly Given[]) {
    this.all = all;
    for (const given of all) {
      const id = idOf(kindName(given), given.namespace, given.entry.name);
      if (!this.#byId.has(id)) this.#byId.set(id, given);
    }
  }

  /** The first given object of this kind, namespace and name. */
  find(kind: string, namespace: string, name: string): Given | undefined {
    return this.#byId.get(idOf(kind, namespace, name));
  }

  /** Every given object of a kind. */
  ofKind(kind: string): Given[] {
    return this.all.filter((given) => kindName(given) === kind);
  }
}

const idOf = (kind: string, namespace: string, name: string): string =>
  JSON.stringify([kind, namespace, name]);

/** Provost's kinds by their plain name, kinds of others with their group, core kinds by their plain name again. */
export function kindName({ entry, kind }: Given): string {
  if (kind) return kind.kind;
  const slash = entry.apiVersion.indexOf("/");
  return slash < 0 ? entry.kind : `${entry.kind}.${entry.apiVersion.slice(0, slash)}`;
}

/** Which tenant a Course or RoleBinding names; undefined when it does not say. */
export function tenantOf({ entry, namespace }: Given): { namespace: string; name: string } | undefined {
  const name = valueAt(entry.value, ["spec", "tenantRef", "name"]);
  const other = valueAt(entry.value, ["spec", "tenantRef", "namespace"]);
  if (typeof name !== "string" || name === "") return undefined;
  return { name, namespace: typeof other === "string" && other !== "" ? other : namespace };
}

/** The key of a course on its site. */
export function courseKey({ entry }: Given): string {
  const key = valueAt(entry.value, ["spec", "key"]);
  return typeof key === "string" ? key : entry.name;
}
