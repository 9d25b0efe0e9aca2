// Which fields are not tried in every way, each with the reason. The list is short, and coverage.test.ts keeps it so.

/** Without another valid value that comes true and back. */
export const WITHOUT_VALID: Readonly<Record<string, string>> = {
  "LmsTenant spec.database.standalone.storage.className": "a bound claim keeps its class",
  "LmsTenant spec.allowedNamespaces.from":
    "it goes with matchLabels: both are changed together, one level up",
  "Course spec.modules[].items[].quiz.questions[].singleChoice.choices[].correct":
    "exactly one choice is right: both are changed together, one level up",
  "RoleBinding spec.scope.site": "only true means anything; other scopes are tried one level up",
};

/** With limits that no value can reach and leave again. */
export const WITHOUT_BOUNDARY: Readonly<Record<string, string>> = {
  "LmsTenant spec.database.standalone.storage.size": "a volume that has grown stays so; see late.test.ts",
  "LmsTenant spec.database.standalone.storage.className": "a bound claim keeps its class",
};

/** Not in the base state. */
export const WITHOUT_PLACE: Readonly<Record<string, string>> = {
  "Course spec.tenantRef.namespace": "left out, it is the object's own; it may not be given later",
  "RoleBinding spec.tenantRef.namespace": "left out, it is the object's own; it may not be given later",
};

/** Not tried at all, with everything below. */
export const UNTRIED: Readonly<Record<string, string>> = {
  "LmsTenant spec.lifecycle":
    "while it sleeps what is attached waits, by design: test/operator/lifecycle.test.ts",
  "LmsTenant spec.sleep": "goes by the clock: test/operator/lifecycle.test.ts",
  "LmsTenant spec.paused":
    "while it is paused nothing comes true, by design: test/operator/lifecycle.test.ts",
  "LmsTenant spec.tls.issuerRef": "becomes a Certificate of cert-manager, which the sandbox does not serve",
  "LmsTenant spec.gateway": "becomes an HTTPRoute of the Gateway API, which the sandbox does not serve",
  "LmsTenant spec.autoscaling": "becomes a HorizontalPodAutoscaler, which the sandbox does not act upon",
  "LmsTenant spec.monitoring":
    "becomes a ServiceMonitor of the Prometheus operator, which the sandbox does not serve",
  "LmsTenant spec.backup":
    "decides nothing before a Backup is made, and then its Job: controller/backup/job.test.ts, test/operator/backup.test.ts",
  "LmsTenant spec.update":
    "goes with backup, and decides nothing before another release is asked for: test/operator/update.test.ts, test/e2e/update.test.ts",
  "LmsTenant spec.version": "goes with update: test/operator/update.test.ts",
  "LmsTenant spec.guard":
    "decides nothing before much is taken away at once: lms/admin/guard.test.ts, test/operator/guard.test.ts",
  "LmsTenant spec.bootstrap":
    "can only be given when a tenant is created, and is carried out once: test/operator/restore.test.ts",
  "LmsTenant spec.database.cloudNativePg":
    "becomes a Cluster of CloudNativePG, which the sandbox does not serve",
};

/** Whether a field is not tried at all. */
export function isUntried({ kind, path }: { readonly kind: string; readonly path: string }): boolean {
  const name = `${kind} ${path}`;
  return Object.keys(UNTRIED).some(
    (above) => name === above || (/^[.[{]/.test(name.slice(above.length)) && name.startsWith(above)),
  );
}
