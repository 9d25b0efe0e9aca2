// An operator that starts and finds everything declared: its first lists and watches may fail too.
import { START } from "./scenarios.ts";
import { Suite, testFaults } from "./suite.ts";

testFaults(new Suite("start"), [START]);
