// Tables: which columns `kubectl get` shows of a kind and what stands in them. Built-in kinds have theirs in
// table-builtins.ts, custom kinds in their CRD.
import type { KubeObject } from "../cluster.ts";
import { ago } from "./duration.ts";
import { parseColumnPath } from "./jsonpath.ts";
import type { ApiResource, PrinterColumn } from "./resources.ts";
import { builtinTable } from "./table-builtins.ts";

export interface TableColumn {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  /** 0 is always shown, more only in wide output. */
  readonly priority: number;
}

export interface Table {
  readonly columns: readonly TableColumn[];
  /** Cells of one row, as of the time `at` (ms since 1970). */
  cells(object: KubeObject, at: number): unknown[];
}

const nameColumn: TableColumn = {
  name: "Name",
  type: "string",
  format: "name",
  description: "Name must be unique within a namespace.",
  priority: 0,
};

const ageColumn: PrinterColumn = {
  name: "Age",
  type: "date",
  description: "Time since the object was created.",
  jsonPath: ".metadata.creationTimestamp",
};

const cellOf = (value: unknown, type: string, at: number): unknown => {
  if (value === undefined || value === null) return null;
  switch (type) {
    case "string":
      return typeof value === "object" ? JSON.stringify(value) : String(value);
    case "integer":
      return typeof value === "number" ? Math.trunc(value) : null;
    case "number":
      return typeof value === "number" ? value : null;
    case "boolean":
      return typeof value === "boolean" ? value : null;
    case "date":
      return ago(value, at);
    default:
      return null;
  }
};

const declaredTable = (declared: readonly PrinterColumn[]): Table => {
  const columns = declared.length > 0 ? declared : [ageColumn];
  const paths = columns.map((column) => parseColumnPath(column.jsonPath));
  return {
    columns: [
      nameColumn,
      ...columns.map(({ name, type, format = "", description = "", priority = 0, jsonPath }) => ({
        name,
        type,
        format,
        description: description || `Custom resource definition column (in JSONPath format): ${jsonPath}`,
        priority,
      })),
    ],
    cells: (object, at) => [
      object.metadata.name,
      ...columns.map((column, index) => cellOf(paths[index]?.(object)[0], column.type, at)),
    ],
  };
};

const tables = new WeakMap<ApiResource, Table>();

/** The table of a resource. */
export const tableOf = (res: ApiResource): Table => {
  let table = tables.get(res);
  if (table === undefined)
    tables.set(res, (table = (res.custom ? undefined : builtinTable(res)) ?? declaredTable(res.columns)));
  return table;
};
