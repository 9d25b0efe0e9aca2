// The floor: the same writes with nothing around them. It lists the Widgets before the clock runs, watches nothing,
// compares nothing, and fires when told.
import { APPLY, connect } from "../api.ts";
import { serveQuestions } from "../child.ts";
import { configMapOf, placeOf, textOf, WIDGETS, type WidgetLike } from "../place.ts";

const { kubeconfig, namespace, concurrency } = placeOf();
const api = await connect(kubeconfig, "floor", concurrency);
const { group, version: apiVersion, plural } = WIDGETS;
const { items } = await api.send<{ items: WidgetLike[] }>(
  "GET",
  `/apis/${group}/${apiVersion}/namespaces/${namespace}/${plural}`,
);

async function fire(version: number): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let widget = items[next++]; widget !== undefined; widget = items[next++]) {
      const { name } = widget.metadata;
      const text = textOf(name, version);
      await api.send(
        "PATCH",
        `/api/v1/namespaces/${namespace}/configmaps/${name}?fieldManager=floor&force=false`,
        configMapOf({ ...widget, spec: { text } }),
        APPLY,
      );
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

serveQuestions({ fire });
