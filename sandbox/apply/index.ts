// Server-side apply: the door of this folder.
export { applyPatch, trackUpdate } from "./apply.ts";
export { conflictCauses, conflictMessage } from "./conflict.ts";
export type { ApplyRequest, ApplyResult, Conflict, ManagedFieldsEntry, UpdateRequest } from "./types.ts";
