// The kinds of provost.dev as the engine's resource types.
import {
  type Backup as BackupObject,
  backupKind,
  type Course as CourseObject,
  courseKind,
  GROUP,
  type KindDefinition,
  type LmsTenant as LmsTenantObject,
  lmsTenantKind,
  type ReleaseCatalog as ReleaseCatalogObject,
  releaseCatalogKind,
  type Restore as RestoreObject,
  restoreKind,
  type RoleBinding as RoleBindingObject,
  roleBindingKind,
  VERSION,
} from "../api/index.ts";
import { type KubeObject, type ResourceType, resourceType } from "./engine/index.ts";

function declared<T extends KubeObject>(kind: KindDefinition): ResourceType<T> {
  return resourceType<T>({
    group: GROUP,
    version: VERSION,
    plural: kind.plural,
    kind: kind.kind,
    namespaced: kind.scope === "Namespaced",
  });
}

export const LmsTenant = declared<LmsTenantObject>(lmsTenantKind);
export const Course = declared<CourseObject>(courseKind);
export const Backup = declared<BackupObject>(backupKind);
export const Restore = declared<RestoreObject>(restoreKind);
export const ReleaseCatalog = declared<ReleaseCatalogObject>(releaseCatalogKind);
export const RoleBinding = declared<RoleBindingObject>(roleBindingKind);
export type LmsTenant = LmsTenantObject;
export type Course = CourseObject;
export type Backup = BackupObject;
export type Restore = RestoreObject;
export type ReleaseCatalog = ReleaseCatalogObject;
export type RoleBinding = RoleBindingObject;
