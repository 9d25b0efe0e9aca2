// Update: to a release that is well, back from one that is not, back with the data, with a fault at every request and event.
import { UPDATE_SCENARIOS } from "./scenarios.ts";
import { Suite, testFaults } from "./suite.ts";

testFaults(new Suite("update"), UPDATE_SCENARIOS);
