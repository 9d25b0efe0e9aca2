// Pepr: a whole module in watch mode, as its controller pod runs it, with one Reconcile action.
import { createRequire } from "node:module";
import path from "node:path";
import { entered, serveQuestions } from "../child.ts";
import { configMapOf, placeOf, WIDGETS, type WidgetLike } from "../place.ts";
import type { FluentClient, Model } from "./fluent.types.ts";

/** As much of its face as is used here; it is no dependency of the project. */
interface Pepr {
  Capability: new (options: { name: string; description: string; namespaces: string[] }) => {
    When(model: Model): {
      IsCreatedOrUpdated(): {
        InNamespace(namespace: string): { Reconcile(action: (widget: WidgetLike) => Promise<void>): unknown };
      };
    };
  };
  PeprModule: new (
    pkg: { description: string; pepr: object },
    capabilities: object[],
    options: { deferStart: boolean },
  ) => { start(port: number): void };
  K8s: FluentClient["K8s"];
  kind: FluentClient["kind"];
  a: { GenericKind: Model };
  RegisterKind: FluentClient["RegisterKind"];
}

const { namespace, peers } = placeOf();
const { a, Capability, K8s, kind, PeprModule, RegisterKind } = createRequire(
  path.join(peers, "package.json"),
)("pepr") as Pepr;

class Widget extends a.GenericKind {}
RegisterKind(Widget, { ...WIDGETS });

const capability = new Capability({
  name: "widgets",
  description: "One ConfigMap each",
  namespaces: [namespace],
});
capability
  .When(Widget)
  .IsCreatedOrUpdated()
  .InNamespace(namespace)
  .Reconcile(async (widget) => {
    entered(widget.spec.text);
    await K8s(kind.ConfigMap).Apply(configMapOf(widget), { force: true });
  });
const pepr = { uuid: "bench", onError: "reject", alwaysIgnore: { namespaces: [] } };
// Its web server is of no use here and takes any free port.
new PeprModule({ description: "bench", pepr }, [capability], { deferStart: true }).start(0);
serveQuestions();
