// Backup: ordered by hand and by schedule, with a fault at every request and every event.
import { BACKUP_SCENARIOS } from "./scenarios.ts";
import { Suite, testFaults } from "./suite.ts";

testFaults(new Suite("backup"), BACKUP_SCENARIOS);
