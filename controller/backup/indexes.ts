// Under what a Backup is found. Pure.
import { keyString, type Live } from "../engine/index.ts";
import type { Backup } from "../kinds.ts";
import { tenantKeyOf } from "./context.ts";

export const BY_TENANT = "tenant";

export const backupIndexers = {
  [BY_TENANT]: (backup: Live<Backup>): string[] => [keyString(tenantKeyOf(backup))],
};
