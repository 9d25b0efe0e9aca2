// A small kind of its own for tests of the engine, and a controller that keeps one ConfigMap per Widget.
import { setTimeout as sleep } from "node:timers/promises";
import {
  type Client,
  type ControllerSpec,
  ConfigMap,
  type Condition,
  CustomResourceDefinition,
  done,
  type KubeObject,
  resourceType,
  runSteps,
  stalled,
  summarise,
} from "../../../controller/engine/index.ts";

/** Asks for one ConfigMap with `spec.text` in it. */
export interface Widget extends KubeObject {
  readonly spec: { readonly text: string; readonly extra?: string };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly configMap?: string;
    readonly conditions?: Condition[];
  };
}

export const Widget = resourceType<Widget>({
  group: "engine.test",
  version: "v1",
  plural: "widgets",
  kind: "Widget",
  namespaced: true,
});

const crd: CustomResourceDefinition = {
  metadata: { name: "widgets.engine.test" },
  spec: {
    group: "engine.test",
    scope: "Namespaced",
    names: { plural: "widgets", singular: "widget", kind: "Widget", listKind: "WidgetList" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: { type: "object", properties: { text: { type: "string" }, extra: { type: "string" } } },
              status: { type: "object", "x-kubernetes-preserve-unknown-fields": true } as object,
            },
          },
        },
      },
    ],
  },
};

/** Installs the Widget kind and waits until it is served. */
export async function installWidgets(client: Client): Promise<void> {
  await client.apply(CustomResourceDefinition, crd, { force: true });
  for (let tries = 0; tries < 100; tries++) {
    try {
      await client.list(Widget, { namespace: "default", limit: 1 });
      return;
    } catch {
      await sleep(100);
    }
  }
  throw new Error("the Widget kind was not served within 10 s of its CRD being applied");
}

/** Counts what the controller below did. */
export interface Counts {
  runs: number;
  created: number;
  updated: number;
  unchanged: number;
}

/** A controller that keeps a ConfigMap per Widget and says so in status. */
export function widgetController(
  counts: Counts,
  more: Partial<ControllerSpec<Widget>> = {},
): ControllerSpec<Widget> {
  return {
    name: "widget",
    type: Widget,
    owns: [ConfigMap],
    concurrency: 16,
    async reconcile(ctx) {
      counts.runs++;
      const report = await runSteps(ctx, [
        {
          name: "config-map",
          async run({ object, apply, draft }) {
            if (object.spec.text === "refuse")
              return stalled("BadText", 'spec.text must not be "refuse"; choose another');
            const { text, extra } = object.spec;
            const applied = await apply(ConfigMap, {
              metadata: { name: object.metadata.name, labels: { app: "widget" } },
              data: { text, ...(extra !== undefined && { extra }) },
            });
            counts[applied.action]++;
            draft.set({ configMap: applied.object.metadata.name });
            return done();
          },
        },
      ]);
      return summarise(ctx, report);
    },
    ...more,
  };
}
