// The same crashes with the operator as people run it: a process of its own that dies by SIGKILL in the middle of its work.
import { describe } from "vitest";
import { FAULTS } from "./faults.ts";
import { asProcess } from "./launch.ts";
import { chosen } from "./plan.ts";
import { askedText } from "./request.ts";
import { SCENARIOS } from "./scenarios.ts";
import { Suite } from "./suite.ts";

const suite = new Suite("kill", { launcher: asProcess, atOnce: 2 });

/** A few of each scenario: a process takes a second to start, and in-process runs are made everywhere. */
const KILLS = new Map([
  ["LmsTenant create", ["POST secrets #2", "PATCH deployments/hill-lms #1", "PUT lms/directory #1"]],
  ["LmsTenant update", ["PATCH secrets/hill-accounts #1", "PUT lms/site #1"]],
  ["Course create", ["PATCH courses/basics #1", "PUT lms/courses/basics #1"]],
  ["Course delete", ["DELETE lms/courses/basics #1"]],
  ["RoleBinding create", ["PUT lms/bindings/NAMESPACE.learn #1"]],
  ["RoleBinding delete", ["DELETE lms/bindings/NAMESPACE.learn #1"]],
]);

const crashes = FAULTS.filter(({ name }) => name === "crash before" || name === "crash after");

describe.each(SCENARIOS.filter(({ name }) => KILLS.has(name)))("$name", (scenario) => {
  for (const fault of crashes) {
    const name = fault.name.replace("crash", "SIGKILL");
    suite.test(scenario, name, ({ asked }) => {
      const places = asked.filter((one) => KILLS.get(scenario.name)?.includes(askedText(one)));
      return chosen(scenario.name, name, places, askedText).map((at) => ({
        place: askedText(at),
        disturbance: { strike: { fault, at } },
      }));
    });
  }
});
