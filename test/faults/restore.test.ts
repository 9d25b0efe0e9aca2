// Restore: tried, in place, and as a new site, with a fault at every request and every event.
import { RESTORE_SCENARIOS } from "./scenarios.ts";
import { Suite, testFaults } from "./suite.ts";

testFaults(new Suite("restore"), RESTORE_SCENARIOS);
