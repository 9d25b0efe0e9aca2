// What bench and contenders agree on: where the Widgets are, what each of them asks for, and one clock. Every contender
// loads this file, so it imports nothing.

/** The kind of `test/cluster/engine/widget.ts`. */
export const WIDGETS = { group: "engine.test", version: "v1", plural: "widgets", kind: "Widget" } as const;

/** What a contender is told, as JSON in `BENCH_PLACE`. */
export interface Place {
  readonly kubeconfig: string;
  readonly namespace: string;
  /** Writes at once, for contenders that leave the number to their user. */
  readonly concurrency: number;
  /** Folder whose node_modules holds the frameworks to compare with. */
  readonly peers: string;
  /** Elect a leader on a Lease of this name. */
  readonly lease?: string;
}

export const placeOf = (text = process.env["BENCH_PLACE"]): Place => {
  if (text === undefined) throw new Error("BENCH_PLACE is not set: npm run bench:engine starts this program");
  return JSON.parse(text) as Place;
};

/** As much of a Widget as a contender looks at. */
export interface WidgetLike {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly uid: string };
  readonly spec: { readonly text: string };
}

export const nameOf = (n: number): string => `w${n}`;

/** The text of a Widget in its n-th version. No text comes twice, so that each tells which edit it belongs to. */
export const textOf = (name: string, version: number): string => `${name} version ${version}`;

/** The label of every ConfigMap that a contender makes. */
export const LABEL = { app: "widget" } as const;

/** The one ConfigMap that a Widget asks for, byte for byte the same for every contender. */
export const configMapOf = ({ metadata: { name, namespace, uid }, spec: { text } }: WidgetLike) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: {
    name,
    namespace,
    labels: { ...LABEL },
    ownerReferences: [
      {
        apiVersion: `${WIDGETS.group}/${WIDGETS.version}`,
        kind: WIDGETS.kind,
        name,
        uid,
        controller: true,
        blockOwnerDeletion: true,
      },
    ],
  },
  data: { text },
});

/** Milliseconds on the clock that all processes of this machine share. */
export const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6;
