// Says what the tenant goes without because this cluster does not serve it. It goes on all the same.
import { done, findCondition } from "../../engine/index.ts";
import { tenantOf, type TenantStep } from "../context.ts";
import { absences } from "../optional/apis.ts";
import { isServed } from "./optional-child.ts";

const TYPE = "MissingApis";
const REASON = "ApiAbsent";

export const optionalApis: TenantStep = {
  name: "optional-apis",
  run(ctx) {
    const missing = absences(tenantOf(ctx), (type) => isServed(ctx, type));
    for (const { message } of missing.filter(({ asked }) => !asked)) ctx.log.debug(message);
    const told = missing.filter(({ asked }) => asked).map(({ message }) => message);
    const known = findCondition(ctx.object.status?.conditions, TYPE);
    if (told.length === 0) {
      if (known) ctx.draft.removeCondition(TYPE);
      return done();
    }
    const message = `${told.join(" ")} What is missing is used within a minute of its appearance.`;
    ctx.draft.condition({ type: TYPE, status: "True", reason: REASON, message });
    if (known?.message !== message) ctx.events.normal(REASON, message);
    return done();
  },
};
