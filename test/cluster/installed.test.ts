// The operator as deploy/ installs it: in the cluster, two replicas, with the rights it is given there.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { Deployment, Namespace, PersistentVolumeClaim, Pod, Secret } from "../../controller/engine/index.ts";
import { names } from "../../controller/tenant/names.ts";
import { aSchool, aTenant } from "../scenario/school.ts";
import { describeOnCluster, freshNamespace, IMAGE } from "./support/cluster.ts";
import { installCrds } from "./support/crds.ts";
import { Kubectl } from "./support/kubectl.ts";
import { type Manifest, placed, typeOf } from "./support/rights.ts";
import { POSTGRES_UID, volumeFor } from "./support/volumes.ts";

/** What `kubectl apply -k` applies. */
function kustomized(folder: string): Manifest[] {
  const path = fileURLToPath(new URL(`../../${folder}`, import.meta.url));
  const { stdout, stderr, status } = spawnSync("kubectl", ["kustomize", path], { encoding: "utf8" });
  if (status !== 0) throw new Error(`kubectl kustomize ${folder}: ${stderr}`);
  return parseAllDocuments(stdout).map((document) => document.toJS() as Manifest);
}

const ATTACHED = "courses.provost.dev,rolebindings.provost.dev";

const withImage = (deployment: Deployment): Deployment => {
  const [container] = deployment.spec?.template.spec?.containers ?? [];
  if (!container) throw new Error("the operator's Deployment has no container");
  container.image = IMAGE;
  // On the tenants' images the operator decides by its own flag.
  container.args = [...(container.args ?? []), "--lms-image", IMAGE];
  return deployment;
};

await describeOnCluster(
  "the operator of deploy/",
  { pods: true, kubectl: true },
  ({ cluster, kubeconfig }) => {
    const cleanUps: (() => Promise<unknown>)[] = [];
    afterAll(async () => {
      for (const cleanUp of cleanUps.toReversed()) await cleanUp();
    });

    /** Installs a folder of deploy/ into a namespace of its own. */
    async function installed(folder: string): Promise<string> {
      const { client } = cluster;
      await installCrds(cluster);
      const namespace = await freshNamespace(cluster, "installed");
      cleanUps.push(() => client.delete(Namespace, { namespace: "", name: namespace }));
      for (const one of kustomized(folder).filter(({ kind }) => kind !== "Namespace")) {
        const manifest = placed(one, namespace);
        if (one.kind === "Deployment") {
          await client.apply(Deployment, withImage(manifest as unknown as Deployment), { force: true });
          continue;
        }
        await client.apply(typeOf(one), manifest, { force: true });
        const { name = "", namespace: where = "" } = manifest.metadata ?? {};
        cleanUps.push(() => client.delete(typeOf(one), { namespace: where, name }));
      }
      cleanUps.push(() => client.delete(Deployment, { namespace, name: "provost-operator" }));
      // While it still runs: nobody else would let go of what holds a finalizer.
      cleanUps.push(() =>
        new Kubectl(kubeconfig, namespace).run([
          "delete",
          `lmstenants,${ATTACHED}`,
          "--all",
          "--timeout=120s",
        ]),
      );
      return namespace;
    }

    const operators = async (namespace: string) =>
      (
        await cluster.client.list(Pod, {
          namespace,
          labelSelector: "app.kubernetes.io/name=provost-operator",
        })
      ).items;
    const metricsOf = async (namespace: string): Promise<string[]> =>
      Promise.all(
        (await operators(namespace)).map(async ({ metadata }) =>
          (
            await cluster.client.raw(
              `/api/v1/namespaces/${namespace}/pods/${metadata.name}:8080/proxy/metrics`,
            )
          ).text(),
        ),
      );

    describe.each(["deploy", "deploy/namespaced"])("%s", (folder) => {
      test("brings a site with a course to Ready; one replica leads, and nothing is refused", async () => {
        const namespace = await installed(folder);
        const kubectl = new Kubectl(kubeconfig, namespace);
        await kubectl.run(["rollout", "status", "deployment/provost-operator", "--timeout=180s"]);
        const claim = { namespace, name: names("hill").databaseClaim, size: "10Gi", uid: POSTGRES_UID };
        const dropVolume = await volumeFor(cluster, claim, IMAGE);
        const school = aSchool("hill", namespace);
        await kubectl.apply(...school);
        await kubectl.waitReady(
          school.map(({ kind, metadata }) => `${kind.toLowerCase()}.provost.dev/${metadata.name}`),
        );
        const metrics = await metricsOf(namespace);
        expect(metrics).toHaveLength(2);
        expect(metrics.filter((text) => /^leader_election_master_status\{.*\} 1$/m.test(text))).toHaveLength(
          1,
        );
        expect(
          metrics.flatMap((text) => text.match(/^rest_client_requests_total.*code="403".*$/gm) ?? []),
        ).toEqual([]);

        // A site with a wrong password says so: its replica is asked, although no Service for visitors leads to it.
        const { data } = await cluster.client.get(Secret, { namespace, name: names("hill").databaseSecret });
        await cluster.client.create(Secret, {
          metadata: { namespace, name: "pg" },
          data: { ...data, password: Buffer.from("not-the-password").toString("base64") },
        });
        await kubectl.apply(
          aTenant("dale", { database: { external: { secretRef: { name: "pg" } } } }, namespace),
        );
        const dale = await cluster.condition("LmsTenant", "dale", "Ready", "False", {
          namespace,
          reason: "DatabaseUnreachable",
        });
        expect(JSON.stringify(dale.status)).toContain("user name or password is wrong");

        // The farewell is the operator's, too: what was declared is taken off the site first.
        await kubectl.run(["delete", ATTACHED, "--all", "--timeout=60s"]);
        await kubectl.run(["delete", "lmstenants", "--all", "--timeout=60s"]);
        await cluster.until("what was kept is told", async () =>
          (await kubectl.run(["get", "events"])).includes("LearnerDataKept") ? true : undefined,
        );
        expect((await metricsOf(namespace)).join("")).not.toMatch(/code="403"/);
        await cluster.until("its pods have stopped", async () =>
          (
            await cluster.client.list(Pod, {
              namespace,
              labelSelector: "app.kubernetes.io/managed-by=provost",
            })
          ).items.length === 0
            ? true
            : undefined,
        );
        await cluster.client.delete(PersistentVolumeClaim, claim);
        await dropVolume();
      });
    });
  },
);
