// `provost update`: how the updates of a fleet stand, and the two words that a person may have to say to one of them.
import { Command } from "commander";
import type { LmsTenant as LmsTenantObject } from "../../api/index.ts";
import { UsageError } from "../usage-error.ts";

interface Options {
  readonly namespace?: string;
  readonly kubeconfig?: string;
  readonly output?: string;
}

const KUBECONFIG = [
  "--kubeconfig <file>",
  "kubeconfig file; default $KUBECONFIG, else the sandbox of this folder",
] as const;

/** The command `update`. */
export function updateCommand(): Command {
  return new Command("update")
    .description("look at the updates of sites, approve of one, have one tried again")
    .addCommand(
      new Command("status")
        .description("how the updates of all sites stand, those that need somebody first")
        .option("-n, --namespace <namespace>", "of this namespace only")
        .option("-o, --output <format>", "text, or json: one object with the key sites", "text")
        .option(...KUBECONFIG)
        .action(status),
    )
    .addCommand(
      new Command("approve")
        .description("let an update go on that waits for an approval (spec.update.approval: Supervised)")
        .argument("<tenant>", "name of the LmsTenant")
        .option("-n, --namespace <namespace>", "namespace of the LmsTenant", "default")
        .option(...KUBECONFIG)
        .action(approve),
    )
    .addCommand(
      new Command("retry")
        .description("have an update tried again that was rolled back, abandoned or failed")
        .argument("<tenant>", "name of the LmsTenant")
        .option("-n, --namespace <namespace>", "namespace of the LmsTenant", "default")
        .option(...KUBECONFIG)
        .action(retry),
    );
}

async function status({ namespace, kubeconfig, output = "text" }: Options): Promise<void> {
  if (output !== "text" && output !== "json")
    throw new UsageError(`--output ${output}: it must be text or json`);
  const { connect } = await import("../cluster/connect.ts");
  const { fleet, fleetText } = await import("../update/fleet.ts");
  const { client, LmsTenant } = await connect(kubeconfig);
  const { items } = await client.list(LmsTenant, namespace === undefined ? {} : { namespace });
  const sites = fleet(items as unknown as LmsTenantObject[]);
  process.stdout.write(output === "json" ? `${JSON.stringify({ sites })}\n` : fleetText(sites, new Date()));
}

function approve(tenant: string, options: Options): Promise<void> {
  return say(tenant, options, "provost.dev/approve-update", (update, who) => {
    if (update?.approvalToken === undefined || update.result !== undefined)
      throw new UsageError(`${who} has no update that waits for an approval: see provost update status`);
    return update.approvalToken;
  });
}

function retry(tenant: string, options: Options): Promise<void> {
  return say(tenant, options, "provost.dev/retry-update", (update, who) => {
    if (update?.result === undefined || update.result === "Succeeded")
      throw new UsageError(`${who} has no update that has failed: see provost update status`);
    return update.id;
  });
}

type Update = NonNullable<LmsTenantObject["status"]>["update"];

/** Annotates a tenant with what its update asks for. */
async function say(
  name: string,
  { namespace = "default", kubeconfig }: Options,
  annotation: string,
  value: (update: Update, who: string) => string,
): Promise<void> {
  const { connect } = await import("../cluster/connect.ts");
  const { client, LmsTenant } = await connect(kubeconfig);
  const who = `LmsTenant ${namespace}/${name}`;
  const tenant = await client.find(LmsTenant, { namespace, name });
  if (!tenant) throw new UsageError(`there is no ${who}: see kubectl get lmstenants -A`);
  const update = tenant.status?.update as Update;
  const annotations = { [annotation]: value(update, who) };
  await client.mergePatch(LmsTenant, { namespace, name }, { metadata: { annotations } });
  console.log(
    `${who}: ${annotation} is set for the update to ${update?.to.version ?? update?.to.image ?? ""}`,
  );
}
