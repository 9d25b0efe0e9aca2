// The store against a naive model: a server, its ordered watch, our own writes whose answers come when they like, and
// relists. In the end the cache is the server, and handlers have heard a story that makes sense.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ConfigMap } from "../client/kinds.ts";
import type { Live } from "../client/object.ts";
import { Store, type StoreChange } from "./store.ts";

type Map_ = Live<ConfigMap>;
const made = (name: string, uid: string, version: number | string, v = String(version)): Map_ => ({
  metadata: { name, namespace: "default", uid, resourceVersion: String(version) },
  data: { v },
});
const told = (changes: readonly StoreChange<ConfigMap>[]): string[] =>
  changes.map(({ type, object }) => `${type} ${object.metadata.uid}@${object.metadata.resourceVersion}`);
const key = (name: string) => ({ namespace: "default", name });

// ---- the model: the server in the most naive words ----

class Server {
  readonly objects = new Map<string, Map_>();
  /** What a watch has not told yet, in order. */
  readonly news: { type: "put" | "gone"; object: Map_ }[] = [];
  version = 100;
  #uids = 0;

  write(name: string): Map_ {
    const uid = this.objects.get(name)?.metadata.uid ?? `${name}${++this.#uids}`;
    const object = made(name, uid, ++this.version);
    this.objects.set(name, object);
    this.news.push({ type: "put", object });
    return object;
  }
  delete(name: string): Map_ | undefined {
    const known = this.objects.get(name);
    if (known === undefined) return undefined;
    this.objects.delete(name);
    this.news.push({
      type: "gone",
      object: { ...known, metadata: { ...known.metadata, resourceVersion: String(++this.version) } },
    });
    return known;
  }
}

const command = fc.record({
  do: fc.constantFrom(
    "somebody writes" as const,
    "somebody deletes" as const,
    "we write" as const,
    "we delete" as const,
    "an answer comes" as const,
    "the watch tells" as const,
    "the watch tells all" as const,
    "a list begins" as const,
    "the list comes" as const,
  ),
  name: fc.constantFrom("a", "b", "c"),
  nth: fc.nat(5),
});

test("whatever comes when: the cache ends as the server is, and every handler hears adds, updates and deletes that fit", () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
      const server = new Server();
      const store = new Store<ConfigMap>();
      store.addIndex("value", (object) => [object.data?.["v"] ?? ""]);
      /** What a handler knows from the changes alone. */
      const heard = new Map<string, Map_>();
      const hear = (changes: readonly StoreChange<ConfigMap>[]): void => {
        for (const change of changes) {
          const { name } = change.object.metadata;
          const before = heard.get(name);
          if (change.type === "add") expect(before).toBeUndefined();
          else expect(before?.metadata.uid).toBe(change.object.metadata.uid);
          if (change.type === "update") {
            expect(change.old).toBe(before);
            expect(Number(change.object.metadata.resourceVersion)).toBeGreaterThan(
              Number(change.old.metadata.resourceVersion),
            );
          }
          if (change.type === "delete") heard.delete(name);
          else heard.set(name, change.object);
        }
      };
      const answers: (() => void)[] = [];
      let list: { objects: Map_[]; version: number; unheard: number } | undefined;
      const tell = (): void => {
        const news = server.news.shift();
        if (news === undefined) return;
        hear(news.type === "put" ? store.put(news.object) : store.remove(news.object));
      };
      const relist = (): void => {
        if (list === undefined) return;
        // The watch goes on from the version of the list: what happened before it is in the list.
        server.news.splice(0, list.unheard);
        hear(store.replace(list.objects, String(list.version)));
        list = undefined;
      };
      for (const { do: what, name, nth } of commands) {
        if (what === "somebody writes") server.write(name);
        else if (what === "somebody deletes") server.delete(name);
        else if (what === "we write") {
          const object = server.write(name);
          answers.push(() => hear(store.put(object)));
        } else if (what === "we delete") {
          const gone = server.delete(name);
          if (gone) answers.push(() => hear(store.forget(key(name), gone.metadata.uid)));
        } else if (what === "an answer comes") answers.splice(nth % Math.max(1, answers.length), 1)[0]?.();
        else if (what === "the watch tells" || what === "the watch tells all") {
          // While a list is being read there is no watch.
          if (list !== undefined) continue;
          do tell();
          while (what === "the watch tells all" && server.news.length > 0);
        } else if (what === "a list begins")
          list ??= {
            objects: [...server.objects.values()],
            version: server.version,
            unheard: server.news.length,
          };
        else relist();
        expect(new Map(store.list().map((object) => [object.metadata.name, object]))).toEqual(heard);
        for (const object of heard.values())
          expect(store.byIndex("value", object.data?.["v"] ?? "")).toContain(object);
      }
      relist();
      for (const answer of answers) answer();
      while (server.news.length > 0) tell();
      expect(heard).toEqual(server.objects);
      expect(store.list("default")).toHaveLength(server.objects.size);
    }),
    { numRuns: 2_000 },
  );
});

describe("an answer to our own write that comes late", () => {
  test("does not bring back what the watch has told to be gone", () => {
    const store = new Store<ConfigMap>();
    store.put(made("a", "a1", 5));
    store.remove(made("a", "a1", 7));
    expect(store.put(made("a", "a1", 6))).toEqual([]);
    expect(told(store.put(made("a", "a2", 8)))).toEqual(["add a2@8"]);
  });

  test("does not bring back what a list no longer had", () => {
    const store = new Store<ConfigMap>();
    store.replace([made("b", "b1", 2)], "9");
    expect(store.put(made("a", "a1", 6))).toEqual([]);
  });

  test("does not undo what is newer", () => {
    const store = new Store<ConfigMap>();
    store.put(made("a", "a1", 8));
    expect(store.put(made("a", "a1", 7))).toEqual([]);
    expect(store.put(made("a", "a1", 8))).toEqual([]);
  });
});

describe("a list", () => {
  test("tells exactly what changed, and a name with another uid as a delete and an add", () => {
    const store = new Store<ConfigMap>();
    store.replace(
      [made("stays", "s", 1), made("changes", "c", 2), made("goes", "g", 3), made("again", "a1", 4)],
      "4",
    );
    const next = [
      made("stays", "s", 1),
      made("changes", "c", 5),
      made("again", "a2", 8),
      made("comes", "n", 9),
    ];
    expect(told(store.replace(next, "9")).sort()).toEqual([
      "add a2@8",
      "add n@9",
      "delete a1@4",
      "delete g@3",
      "update c@5",
    ]);
  });

  test("that began before our own write does not hide it", () => {
    const store = new Store<ConfigMap>();
    store.put(made("a", "a1", 12));
    expect(store.replace([], "10")).toEqual([]);
    expect(store.get(key("a"))?.metadata.resourceVersion).toBe("12");
  });

  test("that began before our own delete does not bring it back, however often it comes", () => {
    const store = new Store<ConfigMap>();
    const object = made("a", "a1", 5);
    store.put(object);
    expect(told(store.forget(key("a"), "a1"))).toEqual(["delete a1@5"]);
    expect(store.replace([object], "10")).toEqual([]);
    expect(store.replace([object], "10")).toEqual([]);
  });

  test("of a server whose history went back is believed: older versions, and objects we had deleted", () => {
    const store = new Store<ConfigMap>();
    store.replace([made("a", "a1", 50), made("b", "b1", 51), made("c", "c1", 52)], "60");
    store.forget(key("b"), "b1");
    const restored = [made("a", "a1", 20, "old"), made("b", "b1", 21)];
    expect(told(store.replace(restored, "30", true)).sort()).toEqual([
      "add b1@21",
      "delete c1@52",
      "update a1@20",
    ]);
    expect(told(store.put(made("d", "d1", 31)))).toEqual(["add d1@31"]);
  });
});

test("an index keeps up with every change, files under many values, and survives an object it cannot read", () => {
  const store = new Store<ConfigMap>();
  store.put(made("a", "a1", 1, "red blue"));
  store.addIndex("colour", (object) => (object.data as { v: string }).v.split(" "));
  store.put({ ...made("odd", "o1", 2), data: undefined as never });
  const names = (value: string): string[] =>
    store.byIndex("colour", value).map((object) => object.metadata.name);
  expect([names("red"), names("blue")]).toEqual([["a"], ["a"]]);
  store.put(made("a", "a1", 3, "blue"));
  expect([names("red"), names("blue")]).toEqual([[], ["a"]]);
  store.remove(made("a", "a1", 4));
  expect(names("blue")).toEqual([]);
  expect(store.size).toBe(1);
});

test("versions that are no numbers are told apart, and the newer word counts", () => {
  const store = new Store<ConfigMap>();
  store.replace([made("a", "a1", "x1")], "x9");
  expect(told(store.put(made("a", "a1", "x2")))).toEqual(["update a1@x2"]);
  expect(store.put(made("a", "a1", "x2"))).toEqual([]);
  expect(told(store.put(made("b", "b1", "x3")))).toEqual(["add b1@x3"]);
});
