// kubernetes-fluent-client, the client under Pepr: its watcher with a callback that applies.
import { createRequire } from "node:module";
import path from "node:path";
import { entered, serveQuestions } from "../child.ts";
import { configMapOf, placeOf, WIDGETS } from "../place.ts";
import type { FluentClient } from "./fluent.types.ts";

const { namespace, peers } = placeOf();
const { GenericKind, K8s, kind, RegisterKind } = createRequire(path.join(peers, "package.json"))(
  "kubernetes-fluent-client",
) as FluentClient;

class Widget extends GenericKind {}
RegisterKind(Widget, { ...WIDGETS });

serveQuestions();
await K8s(Widget, { namespace })
  .Watch(async (widget, phase) => {
    if (phase === "DELETED") return;
    entered(widget.spec.text);
    await K8s(kind.ConfigMap).Apply(configMapOf(widget), { force: true });
  })
  .start();
