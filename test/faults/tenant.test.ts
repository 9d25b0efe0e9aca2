// LmsTenant: created, updated, deleted, with a fault at every request and every event.
import { TENANT_SCENARIOS } from "./scenarios.ts";
import { Suite, testFaults } from "./suite.ts";

testFaults(new Suite("tenant"), TENANT_SCENARIOS);
