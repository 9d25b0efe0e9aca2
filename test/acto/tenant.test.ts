// Every field of LmsTenant: set, changed, changed back.
import { DECLARED } from "./manifests.ts";
import { testFields } from "./suite.ts";

testFields("LmsTenant", DECLARED);
