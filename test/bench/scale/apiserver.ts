// The API server of the bench as a process of its own, so that its CPU is nobody else's. Ends with its parent.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { startApiServer } from "../../../sandbox/apiserver/index.ts";

const folder = await mkdtemp(join(tmpdir(), "provost-scale-"));
const server = await startApiServer({ dataDir: folder, log: pino({ level: "silent" }) });
process.on("disconnect", () => {
  void server
    .stop()
    .then(() => rm(folder, { recursive: true, force: true }))
    .finally(() => process.exit());
});
process.send?.({ kubeconfig: server.kubeconfigPath });
