// What a newcomer needs when everything is up: sites, who can sign in, the kubeconfig, the next commands.
import { GROUP, type LmsTenant, VERSION } from "../../api/index.ts";
import type { Cluster } from "../../sandbox/cluster.ts";

export interface SiteSummary {
  readonly namespace: string;
  readonly name: string;
  readonly title: string;
  readonly url: string;
  readonly state: string;
  readonly accounts: readonly {
    readonly user: string;
    readonly secret: { readonly name: string; readonly key: string };
  }[];
}

const TENANTS = { group: GROUP, version: VERSION, resource: "lmstenants" };
const SECRETS = { group: "", version: "v1", resource: "secrets" };

/** Every site of the cluster. `siteUrl` turns a hostname into an address that this machine can open. */
export function siteSummaries(cluster: Cluster, siteUrl: (hostname: string) => string): SiteSummary[] {
  return cluster.list(TENANTS).map((object) => {
    const tenant = object as unknown as LmsTenant;
    const generated = new Map(
      (tenant.status?.accounts ?? []).map((account) => [account.name, account.secretRef]),
    );
    return {
      namespace: tenant.metadata.namespace ?? "default",
      name: tenant.metadata.name,
      title: tenant.spec.site.title,
      url: siteUrl(tenant.spec.hostname),
      state: tenant.status?.conditions?.find((condition) => condition.type === "Ready")?.reason ?? "Pending",
      accounts: (tenant.spec.users ?? [])
        .filter((user) => !user.suspended)
        .flatMap((user) => {
          const secret = user.passwordSecretRef ?? generated.get(user.name);
          return secret ? [{ user: user.name, secret: { name: secret.name, key: secret.key } }] : [];
        }),
    };
  });
}

/** The password kept in a Secret, or undefined when it is not there. */
export function passwordOf(
  cluster: Cluster,
  namespace: string,
  secret: { name: string; key: string },
): string | undefined {
  const data = cluster.get(SECRETS, namespace, secret.name)?.["data"] as Record<string, string> | undefined;
  const value = data?.[secret.key];
  return value === undefined ? undefined : Buffer.from(value, "base64").toString("utf8");
}

/** The `ready` event of `--output json`: one object, passwords included, for scripts on this machine. */
export function readyEvent(cluster: Cluster, kubeconfig: string, sites: readonly SiteSummary[]): object {
  return {
    event: "ready",
    kubeconfig,
    sites: sites.map(({ namespace, name, url }) => ({ namespace, name, url })),
    accounts: sites.flatMap((site) =>
      site.accounts.map((account) => ({
        // A site's name alone is not enough: two namespaces may each have a site of one name.
        namespace: site.namespace,
        site: site.name,
        user: account.user,
        password: passwordOf(cluster, site.namespace, account.secret),
      })),
    ),
  };
}

/** The closing table for people. It tells how to get passwords instead of printing them into a scrollback. */
export function summaryText(
  kubeconfig: string,
  sites: readonly SiteSummary[],
  firstFile: string | undefined,
): string {
  const rows = sites.map((site) => [site.title, site.state, site.url]);
  const lines = ["", ...table(["SITE", "STATE", "ADDRESS"], rows), ""];
  const accounts = sites.flatMap((site) =>
    site.accounts.map((account) => [
      account.user,
      site.title,
      `cli/provost.js password ${site.name} ${account.user}${inNamespace(site)}`,
    ]),
  );
  if (accounts.length > 0) lines.push(...table(["SIGN IN AS", "ON", "PASSWORD"], accounts), "");
  lines.push(
    `kubeconfig: ${kubeconfig}`,
    "",
    "Try next, in another terminal:",
    `  export KUBECONFIG=${kubeconfig}`,
    "  kubectl get provost                        what is declared and whether it is true",
    `  kubectl describe lmstenant ${sites[0]?.name ?? "NAME"}${inNamespace(sites[0])}             the story of a site`,
    firstFile
      ? `  \${EDITOR:-vi} ${firstFile}   change a title, save, look at the site`
      : "  kubectl apply -f examples/quickstart       a site to look at",
    "",
    "Ctrl-C stops everything; the next start has it all again.",
    "The sandbox is for laptops, tests and demonstrations; production is a real cluster.",
    "",
  );
  return lines.join("\n");
}

const inNamespace = (site: SiteSummary | undefined): string =>
  site === undefined || site.namespace === "default" ? "" : ` -n ${site.namespace}`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  return [head, ...rows].map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("   ")
      .trimEnd(),
  );
}
