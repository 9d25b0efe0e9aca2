// The three patch formats that are functions of document and patch alone. Server-side apply is in ../apply.
export { PatchError } from "./patch-error.ts";
export { jsonPatch } from "./json-patch.ts";
export { mergePatch } from "./merge-patch.ts";
export { strategicMergePatch } from "./strategic.ts";
