// Server-side apply: the door of this folder.
export { applyPatch } from "./apply.ts";
export { ApplyError } from "./apply-error.ts";
export { conflictCauses, conflictMessage } from "./conflict.ts";
export { trackUpdate } from "./track.ts";
export type { ApplyRequest, ApplyResult, Conflict, ManagedFieldsEntry, UpdateRequest } from "./types.ts";
