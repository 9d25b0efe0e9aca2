// RoleBinding: created, updated, deleted, with a fault at every request and every event.
import { BINDING_SCENARIOS } from "./scenarios.ts";
import { Suite, testFaults } from "./suite.ts";

testFaults(new Suite("rolebinding"), BINDING_SCENARIOS);
