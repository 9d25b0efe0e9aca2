// The official client's own informer and a naive loop: keys that changed wait in a map, workers apply what is asked for.
import {
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  type KubernetesObject,
  makeInformer,
  PatchStrategy,
  setHeaderOptions,
} from "@kubernetes/client-node";
import { entered, serveQuestions } from "../child.ts";
import { configMapOf, placeOf, WIDGETS, type WidgetLike } from "../place.ts";

const { kubeconfig, namespace, concurrency } = placeOf();
const config = new KubeConfig();
config.loadFromFile(kubeconfig);
const core = config.makeApiClient(CoreV1Api);
const custom = config.makeApiClient(CustomObjectsApi);
const { group, version, plural } = WIDGETS;

const waiting = new Map<string, WidgetLike>();
let working = 0;

async function reconcile(widget: WidgetLike): Promise<void> {
  entered(widget.spec.text);
  await core.patchNamespacedConfigMap(
    {
      name: widget.metadata.name,
      namespace,
      body: configMapOf(widget),
      fieldManager: "client-node",
      force: true,
    },
    setHeaderOptions("Content-Type", PatchStrategy.ServerSideApply),
  );
}

async function work(): Promise<void> {
  working++;
  for (const [name, widget] of waiting) {
    waiting.delete(name);
    await reconcile(widget).catch((error: unknown) => console.error(`error: ${String(error).slice(0, 200)}`));
  }
  working--;
}

function changed(object: KubernetesObject): void {
  const widget = object as unknown as WidgetLike;
  waiting.set(widget.metadata.name, widget);
  if (working < concurrency) void work();
}

const informer = makeInformer(config, `/apis/${group}/${version}/namespaces/${namespace}/${plural}`, () =>
  custom.listNamespacedCustomObject({ group, version, namespace, plural }),
);
informer.on("add", changed);
informer.on("update", changed);
informer.on("error", (error: unknown) => {
  console.error(`error: the informer stopped: ${String(error)}`);
  process.exit(1);
});
serveQuestions();
await informer.start();
