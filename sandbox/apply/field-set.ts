// Sets of fields of an object, as managedFields record them. A set is a tree: at each level some path elements are
// members themselves, and some lead to members below. Path elements are kept as FieldsV1 spells them.
import type { JsonObject } from "../schema/index.ts";
import { compareElements } from "./path-element.ts";

/** Path elements from the root of the object: `["f:spec", "k:{\"name\":\"a\"}"]`. */
export type Path = readonly string[];

/** A set of fields. Operations return new sets; only `insert` changes one. */
export class FieldSet {
  readonly members = new Set<string>();
  readonly children = new Map<string, FieldSet>();

  /** Reads FieldsV1; keys it does not understand are dropped. */
  static parse(fields: unknown): FieldSet {
    const set = new FieldSet();
    if (typeof fields !== "object" || fields === null) return set;
    for (const [key, below] of Object.entries(fields)) {
      if (key === "." || !/^[fkvi]:/.test(key)) continue;
      const child = FieldSet.parse(below);
      const isLeaf = child.isEmpty();
      if (isLeaf || (below as JsonObject)["."] !== undefined) set.members.add(key);
      if (!isLeaf) set.children.set(key, child);
    }
    return set;
  }

  /** Writes FieldsV1, keys in Kubernetes' order. */
  print(): JsonObject {
    const out: JsonObject = {};
    for (const element of this.elements()) {
      const child = this.children.get(element);
      const isMember = this.members.has(element);
      out[element] = child ? { ...(isMember && { ".": {} }), ...child.print() } : {};
    }
    return out;
  }

  /** Every path element of this level, in order. */
  elements(): string[] {
    return [...new Set([...this.members, ...this.children.keys()])].sort(compareElements);
  }

  isEmpty(): boolean {
    return this.members.size === 0 && this.children.size === 0;
  }

  insert(path: Path): void {
    const last = path.at(-1);
    if (last === undefined) return;
    path
      .slice(0, -1)
      .reduce<FieldSet>((set, element) => set.descend(element), this)
      .members.add(last);
  }

  /** The set below `element`, made when there is none. */
  descend(element: string): FieldSet {
    let child = this.children.get(element);
    if (!child) {
      child = new FieldSet();
      this.children.set(element, child);
    }
    return child;
  }

  union(other: FieldSet): FieldSet {
    const set = new FieldSet();
    for (const element of this.members) set.members.add(element);
    for (const element of other.members) set.members.add(element);
    for (const [element, child] of this.children) {
      const theirs = other.children.get(element);
      set.children.set(element, theirs ? child.union(theirs) : child);
    }
    for (const [element, child] of other.children)
      if (!this.children.has(element)) set.children.set(element, child);
    return set;
  }

  intersection(other: FieldSet): FieldSet {
    const set = new FieldSet();
    for (const element of this.members) if (other.members.has(element)) set.members.add(element);
    for (const [element, child] of this.children) {
      const theirs = other.children.get(element);
      if (theirs) set.attach(element, child.intersection(theirs));
    }
    return set;
  }

  /** What is in this set and not in the other; a member of the other takes nothing away below itself. */
  difference(other: FieldSet): FieldSet {
    const set = new FieldSet();
    for (const element of this.members) if (!other.members.has(element)) set.members.add(element);
    for (const [element, child] of this.children) {
      const theirs = other.children.get(element);
      set.attach(element, theirs ? child.difference(theirs) : child);
    }
    return set;
  }

  /** As `difference`, but a member of the other takes away everything below itself too. */
  without(other: FieldSet): FieldSet {
    const set = new FieldSet();
    for (const element of this.members) if (!other.members.has(element)) set.members.add(element);
    for (const [element, child] of this.children) {
      if (other.members.has(element)) continue;
      const theirs = other.children.get(element);
      set.attach(element, theirs ? child.without(theirs) : child);
    }
    return set;
  }

  equals(other: FieldSet): boolean {
    if (this.members.size !== other.members.size || this.children.size !== other.children.size) return false;
    for (const element of this.members) if (!other.members.has(element)) return false;
    for (const [element, child] of this.children) {
      const theirs = other.children.get(element);
      if (!theirs || !child.equals(theirs)) return false;
    }
    return true;
  }

  /** Every member's path: those of a level before those below, each in order. */
  *paths(prefix: Path = []): Generator<Path> {
    for (const element of [...this.members].sort(compareElements)) yield [...prefix, element];
    for (const element of [...this.children.keys()].sort(compareElements))
      yield* (this.children.get(element) as FieldSet).paths([...prefix, element]);
  }

  private attach(element: string, child: FieldSet): void {
    if (!child.isEmpty()) this.children.set(element, child);
  }
}
