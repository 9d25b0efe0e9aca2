// The engine of this project, by its public face only.
import { pino } from "pino";
import {
  ConfigMap,
  done,
  type KubeObject,
  loadAccess,
  Manager,
  resourceType,
} from "../../../../controller/engine/index.ts";
import { entered, serveQuestions } from "../child.ts";
import { configMapOf, placeOf, WIDGETS, type WidgetLike } from "../place.ts";

interface Widget extends KubeObject {
  readonly spec: { readonly text: string };
}

const { kubeconfig, namespace, concurrency, lease } = placeOf();
const Widget = resourceType<Widget>({ ...WIDGETS, namespaced: true });
const manager = new Manager({
  access: await loadAccess({ kubeconfig }),
  fieldManager: "widget-operator",
  log: pino({ level: "warn" }),
  namespace,
  maxConnections: concurrency,
  ...(lease !== undefined && { leaderElection: { namespace, name: lease, identity: String(process.pid) } }),
});
manager.controller({
  name: "widget",
  type: Widget,
  owns: [ConfigMap],
  concurrency,
  async reconcile({ object, apply }) {
    entered(object.spec.text);
    await apply(ConfigMap, configMapOf(object as unknown as WidgetLike) as ConfigMap);
    return done();
  },
});
const stopping = new AbortController();
process.on("SIGTERM", () => stopping.abort());
serveQuestions({ leads: () => manager.isLeader });
await manager.run(stopping.signal);
process.exit();
