// For tests: a whole sandbox in a process of its own, to be killed: `node testing-sandbox.ts FOLDER`. Says
// `{"url":…}` on stdout when the gateway is open and stops in an orderly way on SIGTERM, or when its stdin ends because
// the test is gone.
import { pino } from "pino";
import { startSandbox } from "../index.ts";
import { siteImage } from "./testing-site.ts";

const [dataDir = ""] = process.argv.slice(2);
const stop = new Promise<void>((resolve) => {
  process.once("SIGTERM", () => resolve());
  process.stdin.once("end", () => resolve()).resume();
});
const sandbox = await startSandbox({
  dataDir,
  gatewayPort: 0,
  images: [siteImage],
  log: pino({ level: "warn" }, pino.destination(2)),
});
process.stdout.write(
  `${JSON.stringify({ url: sandbox.gatewayUrl("site.test"), kubeconfig: sandbox.kubeconfigPath })}\n`,
);
await stop;
await sandbox.stop();
process.stdin.destroy();
