// Course: created, updated, deleted, with a fault at every request and every event.
import { COURSE_SCENARIOS } from "./scenarios.ts";
import { Suite, testFaults } from "./suite.ts";

testFaults(new Suite("course"), COURSE_SCENARIOS);
