// Everything a user declares and the contract of the LMS admin API, in one import.
export * from "./admin/contract.ts";
export * from "./admin/digest.ts";
export * from "./admin/documents.ts";
export * from "./backup/contract.ts";
export * from "./backup/location.ts";
export { courseFindings } from "./course-rules.ts";
export { customResourceDefinition } from "./crd.ts";
export type { Backup, BackupSpec, BackupSpecInput, BackupStatus } from "./kinds/backup.ts";
export { backupKind } from "./kinds/backup.ts";
export type { Course, CourseSpec, CourseSpecInput, CourseStatus } from "./kinds/course.ts";
export { courseKind } from "./kinds/course.ts";
export { kinds } from "./kinds/index.ts";
export * from "./kinds/kind.ts";
export type { LmsTenant, LmsTenantSpec, LmsTenantSpecInput, LmsTenantStatus } from "./kinds/lmstenant.ts";
export { lmsTenantKind } from "./kinds/lmstenant.ts";
export type {
  ReleaseCatalog,
  ReleaseCatalogSpec,
  ReleaseCatalogSpecInput,
  ReleaseCatalogStatus,
} from "./kinds/releasecatalog.ts";
export { releaseCatalogKind } from "./kinds/releasecatalog.ts";
export type { Restore, RestoreSpec, RestoreSpecInput, RestoreStatus } from "./kinds/restore.ts";
export { restoreKind } from "./kinds/restore.ts";
export type {
  RoleBinding,
  RoleBindingSpec,
  RoleBindingSpecInput,
  RoleBindingStatus,
} from "./kinds/rolebinding.ts";
export { roleBindingKind } from "./kinds/rolebinding.ts";
export type { Question, Quiz } from "./schema/coursework.ts";
export * from "./restore/contract.ts";
export * from "./update/contract.ts";
export { BUILT_IN_ROLES, PERMISSIONS, type Permission } from "./schema/site.ts";
export { UPDATE_STEPS } from "./schema/update.ts";
export { type Finding, validate } from "./schema/validator.ts";
