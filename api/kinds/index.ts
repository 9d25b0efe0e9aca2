// Every kind of the group, in the order they are installed and documented.
import { backupKind } from "./backup.ts";
import { courseKind } from "./course.ts";
import type { KindDefinition } from "./kind.ts";
import { lmsTenantKind } from "./lmstenant.ts";
import { releaseCatalogKind } from "./releasecatalog.ts";
import { restoreKind } from "./restore.ts";
import { roleBindingKind } from "./rolebinding.ts";

export const kinds: readonly KindDefinition[] = [
  lmsTenantKind,
  courseKind,
  roleBindingKind,
  backupKind,
  restoreKind,
  releaseCatalogKind,
];
