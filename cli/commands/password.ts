// `provost password SITE USER`: the first password of a declared account, from the Secret the tenant names.
import { Command } from "commander";
import { UsageError } from "../usage-error.ts";

interface Options {
  readonly namespace: string;
  readonly kubeconfig?: string;
}

/** The command `password`. */
export function passwordCommand(): Command {
  return new Command("password")
    .description(
      "print the password of a declared account, as its Secret has it (the person may have changed it since)",
    )
    .argument("<site>", "name of the LmsTenant")
    .argument("<user>", "sign-in name of the account")
    .option("-n, --namespace <namespace>", "namespace of the LmsTenant", "default")
    .option("--kubeconfig <file>", "kubeconfig file; default $KUBECONFIG, else the sandbox of this folder")
    .action(async (site: string, user: string, options: Options) => {
      console.log(await password(site, user, options));
    });
}

async function password(site: string, user: string, options: Options): Promise<string> {
  const { Secret } = await import("../../controller/engine/index.ts");
  const { connect } = await import("../cluster/connect.ts");
  const { client, LmsTenant } = await connect(options.kubeconfig);
  const { namespace } = options;
  const tenant = await client.find(LmsTenant, { namespace, name: site });
  if (!tenant)
    throw new UsageError(`there is no LmsTenant ${namespace}/${site}: see kubectl get lmstenants -A`);
  const declared = tenant.spec.users?.find((account) => account.name === user);
  if (!declared) {
    const names = tenant.spec.users?.map((account) => account.name).join(", ") ?? "nobody";
    throw new UsageError(`${namespace}/${site} declares no user "${user}"; it declares ${names}`);
  }
  const ref =
    declared.passwordSecretRef ??
    tenant.status?.accounts?.find((account) => account.name === user)?.secretRef;
  if (!ref)
    throw new Error(
      `${user} has no password yet: the site is still being set up (kubectl describe lmstenant ${site})`,
    );
  const secret = await client.find(Secret, { namespace, name: ref.name });
  const value = secret?.data?.[ref.key];
  if (value === undefined) throw new Error(`Secret ${namespace}/${ref.name} has no key "${ref.key}"`);
  return Buffer.from(value, "base64").toString("utf8");
}
