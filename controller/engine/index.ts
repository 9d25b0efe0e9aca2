// The engine: generic controller machinery on a Kubernetes API server. Import it from here only.
//
//   const manager = new Manager({ access: await loadAccess(), fieldManager: "provost", log });
//   manager.controller({ name: "widget", type: Widget, owns: [ConfigMap], reconcile });
//   await manager.run(signal);
//
//   async function reconcile(ctx: ReconcileContext<Widget>): Promise<Outcome> {
//     return summarise(ctx, await runSteps(ctx, [ensureConfig, tellTheWidget]));
//   }

export * from "./apply/apply.types.ts";
export * from "./client/access.ts";
export * from "./client/client.types.ts";
export * from "./client/errors.ts";
export * from "./client/kinds.ts";
export { createClient } from "./client/client.ts";
export type { ClientHooks, ClientOptions } from "./client/exchange.ts";
export { loadAccess, type LoadAccessOptions } from "./client/kubeconfig.ts";
export * from "./client/object.ts";
export * from "./conditions/condition.types.ts";
export * from "./informer/cache.types.ts";
export * from "./manager.types.ts";
export * from "./steps/context.types.ts";
export * from "./steps/result.ts";

export { applyOwned, type Owner, ownerReferenceTo } from "./apply/apply.ts";
export { deepEqual } from "./apply/equal.ts";
export { ApplyConflictError, BeingDeletedError, type FieldConflict, NotOwnedError } from "./apply/errors.ts";
export { findCondition, isReady, removeCondition, rfc3339, setCondition } from "./conditions/conditions.ts";
export { labelSelector } from "./informer/selector.ts";
export { Manager, watch } from "./manager.ts";
export { mergePatchOf } from "./steps/draft.ts";
export { ensureFinalizer, removeFinalizer } from "./steps/finalizer.ts";
export { extend } from "./steps/run.ts";
export { mustBeCurrent, mustStand } from "./steps/standing.ts";
export { runSteps } from "./steps/steps.ts";
export { summarise } from "./steps/summarise.ts";
