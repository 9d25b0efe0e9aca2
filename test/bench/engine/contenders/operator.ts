// The operator of this project with its own caches. What it is measured for is memory: it stands by for a Lease that
// somebody else holds, with its caches full, and works once it gets it.
import { pino } from "pino";
import { loadAccess } from "../../../../controller/engine/index.ts";
import { createOperator } from "../../../../controller/main.ts";
import { serveQuestions } from "../child.ts";
import { placeOf } from "../place.ts";

const { kubeconfig, namespace } = placeOf();
const manager = createOperator(await loadAccess({ kubeconfig }), {
  namespace,
  lmsImage: "provost-lms:bench",
  siteUrlTemplate: "http://{hostname}",
  resyncMs: 10 * 60_000,
  finalizerDeadlineMs: 60_000,
  leaderElection: true,
  log: pino({ level: "error" }),
});
process.on("SIGTERM", () => void manager.stop().finally(() => process.exit()));
// Resolves when all caches are filled, leader or not.
await manager.start();
serveQuestions({
  async runs() {
    const metric = await manager.registry.getSingleMetric("controller_runtime_reconcile_total")?.get();
    return (metric?.values ?? [])
      .filter(({ labels }) => labels["controller"] === "course")
      .reduce((sum, { value }) => sum + value, 0);
  },
});
