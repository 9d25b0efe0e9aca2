// Before anything is done: somebody approves, a window opens.
import type { LmsTenant as LmsTenantObject } from "../../../api/index.ts";
import { rfc3339 } from "../../engine/index.ts";
import { LmsTenant } from "../../kinds.ts";
import { type Advance, type UpdateContext, type UpdateStep, waiting } from "../context.ts";
import { BY_CATALOG } from "../../tenant/indexes.ts";
import { catalogNamed } from "../offers.ts";
import { notYet, WAITING_FOR_TURN } from "../fleet.ts";
import { checkWindow, windowAt } from "../../runs/window.ts";

/** Sites that make room wake those that wait; this is for when that is missed, and for the clock. */
const TURN_AGAIN_MS = 30_000;
export const APPROVE = "provost.dev/approve-update";

/** Another token is another update: an approval is good once. */
export const approval: UpdateStep = {
  name: "Approval",
  run({ update, object }) {
    const { approvalToken: token } = update;
    if (token === undefined || object.metadata.annotations?.[APPROVE] === token)
      return { to: "Window", set: { approvalToken: undefined } };
    return waiting(
      "AwaitingApproval",
      `set the annotation ${APPROVE} to ${token} to have the site updated to ${named(update.to)}`,
      600_000,
    );
  },
};

export const window: UpdateStep = {
  name: "Window",
  run: (ctx) => closed(ctx) ?? outOfTurn(ctx) ?? { to: "Check" },
};

/** The wait for other sites of the fleet. Who waits says so first: only then is it seen who comes before whom. */
function outOfTurn(ctx: UpdateContext): Advance | undefined {
  const { tenant, update, policy, now } = ctx;
  const { name } = policy.catalogRef;
  const catalog = catalogNamed(ctx, name);
  const { version } = update.to;
  if (!catalog?.spec.rollout || version === undefined) return undefined;
  const fleet = ctx.cache(LmsTenant).byIndex(BY_CATALOG, name) as unknown as LmsTenantObject[];
  const why = notYet(tenant, version, catalog, fleet, now);
  if (why) return waiting(why.reason, why.message, TURN_AGAIN_MS);
  return update.reason === WAITING_FOR_TURN
    ? undefined
    : waiting(WAITING_FOR_TURN, "other sites may come before this one", 500);
}

/** The wait for the window; `undefined` while it is open, or none is asked for. */
export function closed({ policy, update, tenant, now }: UpdateContext): Advance | undefined {
  const { window: declared } = policy;
  if (!declared || (update.security === true && declared.exceptSecurity)) return undefined;
  const zone = tenant.spec.site.timeZone;
  const fault = checkWindow(declared, zone);
  if (fault !== undefined) return waiting("InvalidWindow", `spec.update.window: ${fault}`, 600_000);
  const { open, until } = windowAt(declared, zone, now);
  if (open) return undefined;
  if (until === undefined) return waiting("WaitingForWindow", "the window never opens", 600_000);
  return waiting(
    "WaitingForWindow",
    `the window opens at ${rfc3339(until)}`,
    Math.max(1_000, until.getTime() - now.getTime()),
  );
}

/** A release for people. */
export const named = ({ version, image }: { readonly version?: string; readonly image: string }): string =>
  version ?? image;
