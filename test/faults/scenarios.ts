// What a user does to each kind, apart from all faults: the moment before, the act, and how one sees that it is done.
import type { LmsTenant, LmsTenantSpecInput } from "../../api/index.ts";
import type { Manifest } from "../support/cluster.ts";
import { aBackup, aBinding, aCourse, aRestore, aTenant, QUIZ } from "../scenario/school.ts";
import { condition } from "./resources.ts";
import { type Stage, TENANT } from "./stage.ts";

export interface Scenario {
  readonly name: string;
  /** The operator's first lists and watches are part of it. */
  readonly reads?: boolean;
  /** Brings the stage to the moment before the act; by default with an operator that has nothing left to do. */
  before(stage: Stage): Promise<void>;
  act(stage: Stage): Promise<void> | void;
  /** The act has come true. */
  done(stage: Stage): boolean;
}

const users = [
  { name: "ida", email: "ida@example.org", displayName: "Ida Instructor" },
  { name: "lea", email: "lea@example.org", displayName: "Lea Learner" },
];
const newcomer = { name: "max", email: "max@example.org", displayName: "Max Newcomer" };

export const tenant = (spec: Partial<LmsTenantSpecInput> = {}) => aTenant(TENANT, { users, ...spec });

const lesson = (key: string) => ({ key, title: `Lesson ${key}`, lesson: { markdown: `# ${key}\n` } });
export const course = (title: string, ...items: readonly string[]) =>
  aCourse("basics", TENANT, {
    title,
    modules: [
      {
        key: "start",
        title: "Start",
        items: [...items.map(lesson), { key: "check", title: "Check yourself", quiz: QUIZ }],
      },
    ],
  });
export const binding = (...learners: readonly string[]) =>
  aBinding("learn", TENANT, { role: "learner", users: learners, course: "basics" });

async function reached(stage: Stage, what: string, look: () => boolean): Promise<void> {
  if (!(await stage.until(look)))
    throw new Error(`the stage was not set, without any fault: ${what} is not ready`);
}

/** An operator and the objects, all of them ready. */
export async function standing(stage: Stage, ...manifests: readonly Manifest[]): Promise<void> {
  await stage.startOperator();
  await stage.watching();
  for (const manifest of manifests) {
    await stage.apply(manifest);
    const plural = `${manifest.kind.toLowerCase()}s`;
    const { name } = manifest.metadata;
    await reached(stage, `${plural}/${name}`, () => stage.isReady(plural, name));
  }
  await stage.quiet();
}

const tenantReady = (stage: Stage): boolean => stage.isReady("lmstenants", TENANT);
const replicasOf = (stage: Stage, plural: string, name: string): number | undefined =>
  (stage.find(plural, name)?.spec as { replicas?: number } | undefined)?.replicas;
const courseReady = (stage: Stage): boolean => stage.isReady("courses", "basics");
const backedUp = (stage: Stage): boolean =>
  tenantReady(stage) && condition(stage.find("lmstenants", TENANT), "BackedUp")?.status === "True";
const bindingReady = (stage: Stage): boolean => stage.isReady("rolebindings", "learn");

/** Nothing that a tenant made is left but what must outlive it. */
const collected = (stage: Stage): boolean =>
  stage.find("lmstenants", TENANT) === undefined &&
  ["deployments", "statefulsets", "services", "ingresses", "networkpolicies"].every(
    // What a Restore made goes with it.
    (plural) => stage.list(plural).every(({ metadata }) => metadata.ownerReferences?.[0]?.kind === "Restore"),
  ) &&
  stage.find("secrets", `${TENANT}-admin`) === undefined;

const backup = { destination: { volume: { size: "1Gi" } } };

const deletion = (policy: "Retain" | "Backup" | "Delete"): Scenario => ({
  name: `LmsTenant delete (${policy})`,
  before: (stage) =>
    standing(stage, tenant({ deletionPolicy: policy, ...(policy === "Backup" && { backup }) })),
  act: (stage) => stage.delete("lmstenants", TENANT),
  done: (stage) =>
    collected(stage) &&
    (policy === "Retain" || stage.find("persistentvolumeclaims", `${TENANT}-db-data`) === undefined),
});

/** Everything is declared before there is an operator: its first lists are part of the scenario. */
export const START: Scenario = {
  name: "start with everything declared",
  reads: true,
  before: (stage) => stage.apply(tenant(), course("Basics", "one", "two"), binding("lea")),
  act: (stage) => stage.startOperator(),
  done: (stage) => tenantReady(stage) && courseReady(stage) && bindingReady(stage),
};

export const TENANT_SCENARIOS: readonly Scenario[] = [
  {
    name: "LmsTenant create",
    before: (stage) => standing(stage),
    act: (stage) => stage.apply(tenant()),
    done: tenantReady,
  },
  {
    name: "LmsTenant update",
    before: (stage) => standing(stage, tenant()),
    act: (stage) =>
      stage.apply(tenant({ site: { title: "Another title" }, users: [...users, newcomer], replicas: 2 })),
    done: tenantReady,
  },
  {
    name: "LmsTenant sleep",
    before: (stage) => standing(stage, tenant()),
    act: (stage) => stage.apply(tenant({ lifecycle: "Sleeping" })),
    done: (stage) => tenantReady(stage) && replicasOf(stage, "statefulsets", `${TENANT}-db`) === 0,
  },
  deletion("Retain"),
  deletion("Delete"),
  deletion("Backup"),
];

export const COURSE_SCENARIOS: readonly Scenario[] = [
  {
    name: "Course create",
    before: (stage) => standing(stage, tenant()),
    act: (stage) => stage.apply(course("Basics", "one", "two")),
    done: courseReady,
  },
  {
    name: "Course update",
    before: (stage) => standing(stage, tenant(), course("Basics", "one", "two")),
    act: (stage) => stage.apply(course("Basics, second edition", "one", "three")),
    done: courseReady,
  },
  {
    name: "Course delete",
    before: (stage) => standing(stage, tenant(), course("Basics", "one", "two")),
    act: (stage) => stage.delete("courses", "basics"),
    done: (stage) => stage.find("courses", "basics") === undefined,
  },
];

export const BINDING_SCENARIOS: readonly Scenario[] = [
  {
    name: "RoleBinding create",
    before: (stage) => standing(stage, tenant(), course("Basics", "one")),
    act: (stage) => stage.apply(binding("lea")),
    done: bindingReady,
  },
  {
    name: "RoleBinding update",
    before: (stage) => standing(stage, tenant(), course("Basics", "one"), binding("lea")),
    act: (stage) => stage.apply(binding("ida", "lea")),
    done: bindingReady,
  },
  {
    name: "RoleBinding delete",
    before: (stage) => standing(stage, tenant(), course("Basics", "one"), binding("lea")),
    act: (stage) => stage.delete("rolebindings", "learn"),
    done: (stage) => stage.find("rolebindings", "learn") === undefined,
  },
];

export const BACKUP_SCENARIOS: readonly Scenario[] = [
  {
    name: "Backup create",
    before: (stage) => standing(stage, tenant({ backup })),
    act: (stage) => stage.apply(aBackup("nightly", TENANT)),
    done: (stage) => stage.isReady("backups", "nightly") && backedUp(stage),
  },
  {
    name: "Backup scheduled",
    before: (stage) => standing(stage, tenant()),
    act: (stage) => stage.apply(tenant({ backup: { ...backup, schedule: "0 3 1 1 *", immediate: true } })),
    done: (stage) =>
      stage.list("backups").length > 0 &&
      stage.list("backups").every(({ metadata }) => stage.isReady("backups", metadata.name)) &&
      backedUp(stage),
  },
];

const backedUpOnce = (stage: Stage): Promise<void> =>
  standing(stage, tenant({ backup }), aBackup("nightly", TENANT));
const source = { backupRef: { name: "nightly" } };

export const RESTORE_SCENARIOS: readonly Scenario[] = [
  {
    name: "Restore to verify",
    before: backedUpOnce,
    act: (stage) => stage.apply(aRestore("drill", TENANT, { source })),
    done: (stage) =>
      stage.isReady("restores", "drill") &&
      condition(stage.find("lmstenants", TENANT), "RestoreVerified")?.status === "True",
  },
  {
    name: "Restore in place",
    before: backedUpOnce,
    act: (stage) => stage.apply(aRestore("back", TENANT, { mode: "InPlace", confirm: TENANT, source })),
    done: (stage) =>
      stage.isReady("restores", "back") &&
      tenantReady(stage) &&
      (stage.find("lmstenants", TENANT)?.status as { restore?: object } | undefined)?.restore !== undefined,
  },
  {
    name: "Restore makes a tenant",
    before: backedUpOnce,
    act: (stage) =>
      stage.apply(
        aRestore("copying", TENANT, {
          mode: "NewTenant",
          newTenant: { name: "copy", hostname: "copy.example.org" },
          source,
        }),
      ),
    // There is a node for one site only: as far as the new one comes without.
    done: (stage) =>
      condition(stage.find("lmstenants", "copy"), "Bootstrapped")?.reason === "WaitingForDatabase" &&
      condition(stage.find("restores", "copying"), "Ready")?.reason === "WaitingForTenant",
  },
];

const released = (image: string) =>
  tenant({
    image,
    backup,
    update: { gate: { soakMinutes: 0 } },
  });
const updated = (stage: Stage) =>
  (stage.find("lmstenants", TENANT) as unknown as LmsTenant | undefined)?.status;
const release = (name: string, image: string, result: "Succeeded" | "RolledBack"): Scenario => ({
  name,
  before: (stage) => standing(stage, released("lms:1")),
  act: (stage) => stage.apply(released(image)),
  done: (stage) => {
    const { update, conditions } = updated(stage) ?? {};
    const upToDate = conditions?.find(({ type }) => type === "UpToDate")?.status;
    if (update?.result !== result) return false;
    return result === "Succeeded"
      ? tenantReady(stage) && upToDate === "True" && updated(stage)?.image === image
      : condition(stage.find("lmstenants", TENANT), "Stalled")?.reason === "UpdateRolledBack";
  },
});

export const UPDATE_SCENARIOS: readonly Scenario[] = [
  release("Update", "lms:2", "Succeeded"),
  release("Update goes back", "lms:2-broken", "RolledBack"),
  release("Update goes back with its data", "lms:2-broken-incompatible", "RolledBack"),
];

export const SCENARIOS: readonly Scenario[] = [
  START,
  ...TENANT_SCENARIOS,
  ...COURSE_SCENARIOS,
  ...BINDING_SCENARIOS,
  ...BACKUP_SCENARIOS,
  ...RESTORE_SCENARIOS,
  ...UPDATE_SCENARIOS,
];
