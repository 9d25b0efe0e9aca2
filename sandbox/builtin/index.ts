// Built-in kinds: the door of this folder.
export { originOf, type SchemaOrigin } from "./assemble.ts";
export { builtinResources, findBuiltin } from "./resources.ts";
export type { BuiltinResource } from "./types.ts";
