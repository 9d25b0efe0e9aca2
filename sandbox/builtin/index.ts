// Built-in kinds: the door of this folder.
export { builtinResources, findBuiltin } from "./resources.ts";
export type { BuiltinResource } from "./types.ts";
