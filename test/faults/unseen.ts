// What happens behind the operator's back: scenarios whose steps in between it may never see.
import { setTimeout as sleep } from "node:timers/promises";
import { binding, course, type Scenario, standing, tenant } from "./scenarios.ts";
import { type Stage, TENANT } from "./stage.ts";

/** A scenario with the kinds whose watches may be down meanwhile. */
export interface Unseen extends Scenario {
  readonly hidden: readonly string[];
}

const school = (stage: Stage): Promise<void> =>
  standing(stage, tenant(), course("Basics", "one", "two"), binding("lea"));

const allReady = (stage: Stage): boolean =>
  stage.isReady("lmstenants", TENANT) &&
  stage.isReady("courses", "basics") &&
  stage.isReady("rolebindings", "learn");

async function gone(stage: Stage, plural: string, name: string): Promise<void> {
  if (!(await stage.until(() => stage.find(plural, name) === undefined)))
    throw new Error(`${plural}/${name} was deleted and is still there`);
}

/** Deletes an object that a finalizer of the operator would hold, as an impatient person does. */
async function tearOut(stage: Stage, plural: string, name: string): Promise<void> {
  stage.delete(plural, name);
  stage.dropFinalizers(plural, name);
  await gone(stage, plural, name);
}

export const UNSEEN: readonly Unseen[] = [
  {
    name: "LmsTenant changed and changed back",
    hidden: ["lmstenants"],
    before: school,
    async act(stage) {
      await stage.apply(tenant({ site: { title: "For a moment" } }));
      await stage.apply(tenant());
    },
    done: allReady,
  },
  {
    name: "LmsTenant changed twice",
    hidden: ["lmstenants", "deployments", "secrets"],
    before: school,
    async act(stage) {
      await stage.apply(tenant({ site: { title: "For a moment" }, replicas: 3 }));
      await stage.apply(tenant({ site: { title: "For good" }, replicas: 2 }));
    },
    done: allReady,
  },
  {
    name: "LmsTenant deleted and made anew",
    hidden: ["lmstenants", "deployments", "statefulsets", "persistentvolumeclaims", "secrets", "services"],
    before: school,
    async act(stage) {
      stage.delete("lmstenants", TENANT);
      await gone(stage, "lmstenants", TENANT);
      await stage.apply(tenant());
    },
    done: allReady,
  },
  {
    name: "Course changed and changed back",
    hidden: ["courses"],
    before: school,
    async act(stage) {
      await stage.apply(course("For a moment", "one", "two"));
      await stage.apply(course("Basics", "one", "two"));
    },
    done: allReady,
  },
  {
    name: "Course torn out and made anew",
    hidden: ["courses"],
    before: school,
    async act(stage) {
      await tearOut(stage, "courses", "basics");
      await stage.apply(course("Basics, made anew", "one", "three"));
    },
    done: allReady,
  },
  {
    name: "Course deleted",
    hidden: ["courses", "lmstenants", "rolebindings"],
    before: (stage) => standing(stage, tenant(), course("Basics", "one", "two")),
    act: (stage) => stage.delete("courses", "basics"),
    done: (stage) => stage.find("courses", "basics") === undefined,
  },
  {
    name: "RoleBinding changed and changed back",
    hidden: ["rolebindings"],
    before: school,
    async act(stage) {
      await stage.apply(binding("ida"));
      await stage.apply(binding("lea"));
    },
    done: allReady,
  },
  {
    name: "RoleBinding torn out and made anew",
    hidden: ["rolebindings"],
    before: school,
    async act(stage) {
      await tearOut(stage, "rolebindings", "learn");
      await stage.apply(binding("ida", "lea"));
    },
    done: allReady,
  },
  {
    name: "children deleted by hand",
    hidden: ["deployments", "services", "ingresses", "networkpolicies", "serviceaccounts", "statefulsets"],
    before: school,
    async act(stage) {
      stage.delete("deployments", `${TENANT}-lms`);
      stage.delete("services", `${TENANT}-lms`);
      stage.delete("ingresses", TENANT);
      stage.delete("networkpolicies", `${TENANT}-lms`);
      stage.delete("serviceaccounts", `${TENANT}-lms`);
      stage.delete("statefulsets", `${TENANT}-db`);
      await sleep(50);
    },
    done: (stage) =>
      allReady(stage) &&
      stage.find("ingresses", TENANT) !== undefined &&
      stage.find("services", `${TENANT}-lms`) !== undefined &&
      stage.find("networkpolicies", `${TENANT}-lms`) !== undefined &&
      stage.find("serviceaccounts", `${TENANT}-lms`) !== undefined &&
      stage.find("statefulsets", `${TENANT}-db`) !== undefined &&
      stage.find("deployments", `${TENANT}-lms`) !== undefined,
  },
  {
    name: "admin token deleted by hand",
    hidden: ["secrets"],
    before: school,
    async act(stage) {
      stage.delete("secrets", `${TENANT}-admin`);
      await sleep(50);
    },
    done: (stage) => allReady(stage) && stage.find("secrets", `${TENANT}-admin`) !== undefined,
  },
];
