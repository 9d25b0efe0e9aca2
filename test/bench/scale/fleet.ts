// A fleet of sites as manifests, and what kubelets would report of their pods.
import { customResourceDefinition } from "../../../api/crd.ts";
import { kinds } from "../../../api/index.ts";
import {
  type Client,
  CustomResourceDefinition,
  Deployment,
  type KubeObject,
  keyOf,
  type Live,
  loadAccess,
  Manager,
  StatefulSet,
} from "../../../controller/engine/index.ts";
import { Course, LmsTenant, RoleBinding } from "../../../controller/kinds.ts";
import { pino } from "pino";
import { aBinding, aCourse, aTenant } from "../../scenario/school.ts";

export interface FleetSize {
  readonly tenants: number;
  /** Of each tenant. */
  readonly courses: number;
  /** Of each course. */
  readonly bindings: number;
  readonly courseBytes: number;
}

/** Objects of each kind, and together. */
export function counts({ tenants, courses, bindings }: FleetSize) {
  const allCourses = tenants * courses;
  const allBindings = allCourses * bindings;
  return { tenants, courses: allCourses, bindings: allBindings, objects: tenants + allCourses + allBindings };
}

const AT_ONCE = 24;

/** Installs the CRDs and applies the fleet. */
export async function applyFleet(client: Client, size: FleetSize): Promise<void> {
  for (const kind of kinds)
    await client.apply(
      CustomResourceDefinition,
      customResourceDefinition(kind) as unknown as CustomResourceDefinition,
    );
  const text = "All about one thing. ".repeat(Math.ceil(size.courseBytes / 21));
  const lesson = { key: "long", title: "Long", lesson: { markdown: text } };
  const work: (() => Promise<unknown>)[] = [];
  for (let t = 0; t < size.tenants; t++) {
    const tenant = `site-${t}`;
    work.push(() => client.apply(LmsTenant, aTenant(tenant) as LmsTenant, { force: true }));
    for (let c = 0; c < size.courses; c++) {
      const course = `${tenant}-course-${c}`;
      const spec = { modules: [{ key: "start", title: "Start", items: [lesson] }] };
      work.push(() => client.apply(Course, aCourse(course, tenant, spec) as Course, { force: true }));
      for (let b = 0; b < size.bindings; b++) {
        const binding = aBinding(`${course}-${b}`, tenant, { role: "learner", users: ["lea"], course });
        work.push(() => client.apply(RoleBinding, binding as RoleBinding, { force: true }));
      }
    }
  }
  let next = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let one = work[next++]; one !== undefined; one = work[next++]) await one();
    }),
  );
}

/** Reports every StatefulSet and Deployment as running, as they come. Stop it when the fleet is up. */
export async function kubelets(kubeconfig: string): Promise<{ stop(): Promise<void> }> {
  const manager = new Manager({
    access: await loadAccess({ kubeconfig }),
    fieldManager: "kubelets",
    log: pino({ level: "silent" }),
  });
  for (const type of [Deployment, StatefulSet])
    manager.cache<KubeObject>(type).onChange(({ type: what, object }) => {
      if (what !== "delete") void report(manager.client, type, object as Live<Deployment | StatefulSet>);
    });
  await manager.start();
  return manager;
}

async function report(
  client: Client,
  type: typeof Deployment | typeof StatefulSet,
  object: Live<Deployment | StatefulSet>,
): Promise<void> {
  const { generation } = object.metadata;
  if (object.status?.observedGeneration === generation && object.status?.readyReplicas) return;
  const replicas = object.spec?.replicas ?? 1;
  const status = {
    observedGeneration: generation,
    replicas,
    updatedReplicas: replicas,
    readyReplicas: replicas,
    availableReplicas: replicas,
  };
  // Lost races are told again by the next event.
  await client
    .mergePatch(type as never, keyOf(object), { status }, { subresource: "status" })
    .catch(() => undefined);
}
