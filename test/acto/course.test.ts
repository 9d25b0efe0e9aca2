// Every field of Course: set, changed, changed back.
import { COURSE, HILL } from "./manifests.ts";
import { testFields } from "./suite.ts";

testFields("Course", [HILL, COURSE]);
