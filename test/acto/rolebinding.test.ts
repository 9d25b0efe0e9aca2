// Every field of RoleBinding: set, changed, changed back.
import { COURSE, EXTRA, GRANTS, HILL } from "./manifests.ts";
import { testFields } from "./suite.ts";

testFields("RoleBinding", [HILL, COURSE, EXTRA, ...GRANTS]);
