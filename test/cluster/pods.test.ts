// The pods of a tenant on a real node, made by the same pure functions as the operator's: they start under the Pod
// Security Standard "restricted", and what they keep survives them.
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  ADMIN_BASE_PATH,
  ADMIN_TOKEN_HEADER,
  lmsTenantKind,
  type LmsTenant,
  validate,
} from "../../api/index.ts";
import {
  Deployment,
  type KubeObject,
  Namespace,
  PersistentVolumeClaim,
  Pod,
  type ResourceType,
  Secret,
  Service,
  ServiceAccount,
  StatefulSet,
  TransportError,
} from "../../controller/engine/index.ts";
import { ADMIN_PORT, names, selector } from "../../controller/tenant/names.ts";
import { databaseClaim, databaseStatefulSet } from "../../controller/tenant/resources/database.ts";
import { runtimeDeployment } from "../../controller/tenant/resources/deployment.ts";
import { serviceAccount } from "../../controller/tenant/resources/service-account.ts";
import { databaseService, runtimeService } from "../../controller/tenant/resources/services.ts";
import { aTenant } from "../scenario/school.ts";
import { describeOnCluster, freshNamespace, IMAGE } from "./support/cluster.ts";
import { POSTGRES_UID, volumeFor } from "./support/volumes.ts";

await describeOnCluster("pods of a tenant", { pods: true }, ({ cluster }) => {
  const client = cluster?.client;
  let namespace = "";
  let tenant: LmsTenant;
  let dropVolume = async (): Promise<void> => {};
  const name = names("school");
  const token = "a-token-of-the-test";
  const authorized = { [ADMIN_TOKEN_HEADER]: `Bearer ${token}` };

  const apply = <T extends KubeObject>(type: ResourceType<T>, object: T): Promise<unknown> =>
    client.apply(type, object, { force: true });
  const podOf = async (component: "lms" | "database") => {
    const labelSelector = Object.entries(selector("school", component))
      .map((pair) => pair.join("="))
      .join(",");
    return (await client.list(Pod, { namespace, labelSelector })).items.find(
      (pod) => pod.metadata.deletionTimestamp === undefined,
    );
  };
  const admin = (path: string, headers: Record<string, string> = {}) =>
    client.serviceProxy(namespace, name.runtime, ADMIN_PORT)(path, { headers });
  /** Waits until the LMS answers 200; without an endpoint nobody answers. */
  const answers = (path: string, headers: Record<string, string> = {}) =>
    cluster.until(`${path} is answered with 200`, () =>
      admin(path, headers).then(
        ({ status }) => (status === 200 ? true : undefined),
        (error: unknown) => {
          if (error instanceof TransportError) return undefined;
          throw error;
        },
      ),
    );
  const ready = (component: "lms" | "database", but?: string) =>
    cluster.until(
      `the ${component} pod is Ready`,
      async () => {
        const pod = await podOf(component);
        const isReady = pod?.status?.conditions?.some(
          ({ type, status }) => type === "Ready" && status === "True",
        );
        return isReady && pod?.metadata.uid !== but ? pod : undefined;
      },
      () => undefined,
    );

  beforeAll(async () => {
    namespace = await freshNamespace(cluster, "pods");
    tenant = declared(namespace);
    dropVolume = await volumeFor(
      cluster,
      { namespace, name: name.databaseClaim, size: "1Gi", uid: POSTGRES_UID },
      IMAGE,
    );
    const { standalone } = tenant.spec.database;
    if (!standalone) throw new Error("the tenant of this test has a database of its own");
    const meta = (of: string) => ({ metadata: { name: of, namespace } });
    await apply(Secret, {
      ...meta(name.databaseSecret),
      stringData: { host: name.database, database: "lms", username: "lms", password: 'it\'s a "secret"' },
    });
    await apply(Secret, { ...meta(name.adminSecret), stringData: { token } });
    await apply(PersistentVolumeClaim, databaseClaim(tenant, standalone));
    await apply(Service, databaseService(tenant));
    await apply(StatefulSet, databaseStatefulSet(tenant, standalone));
    await apply(ServiceAccount, serviceAccount(tenant));
    await apply(Service, runtimeService(tenant));
    await apply(Deployment, runtimeDeployment(tenant, { image: IMAGE }));
  });
  afterAll(async () => {
    if (!namespace) return;
    await client.delete(StatefulSet, { namespace, name: name.database });
    await cluster.until("the database is gone", async () => ((await podOf("database")) ? undefined : true));
    await client.delete(PersistentVolumeClaim, { namespace, name: name.databaseClaim });
    await dropVolume();
    await client.delete(Namespace, { namespace: "", name: namespace });
  });

  test("PostgreSQL and the LMS become Ready, and the admin API answers through the API server", async () => {
    await ready("database");
    await ready("lms");
    // A pod is Ready a moment before the Service has it as an endpoint.
    await answers("/healthz");
    expect((await admin(`${ADMIN_BASE_PATH}/status`)).status).toBe(401);
    const status = await admin(`${ADMIN_BASE_PATH}/status`, authorized);
    expect(status.status).toBe(200);
    expect(status.json()).toMatchObject({ counts: { users: 0 } });
  });

  test("a killed database pod comes back with its data, and the LMS goes on without being restarted", async () => {
    const runtime = await ready("lms");
    const before = await ready("database");
    await client.delete(Pod, { namespace, name: before.metadata.name }, { gracePeriodSeconds: 0 });
    await ready("database", before.metadata.uid);
    await answers(`${ADMIN_BASE_PATH}/status`, authorized);
    const now = await ready("lms");
    expect(now.metadata.uid).toBe(runtime.metadata.uid);
    expect(now.status?.containerStatuses?.[0]?.restartCount).toBe(0);
  });
});

/** The tenant as the API server would hand it to the operator, defaults filled in. */
function declared(namespace: string): LmsTenant {
  const manifest = aTenant("school", {}, namespace);
  const checked = validate(lmsTenantKind.spec, manifest.spec);
  if (!checked.ok) throw new Error(JSON.stringify(checked.findings));
  return { ...manifest, spec: checked.value } as LmsTenant;
}
