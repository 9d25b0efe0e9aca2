// Plays the node of a Job: its pod ends with a report, and the Job with a condition.
import type { BackupReport, MigrateReport, RestoreReport } from "../../api/index.ts";
import { Job, type Live, Pod } from "../../controller/engine/index.ts";
import type { Harness } from "./harness.ts";

/** The Job with this name, as soon as it is there. */
export const jobNamed = (harness: Harness, name: string): Promise<Live<Job>> =>
  harness.cluster.until(`Job ${name} is made`, () =>
    harness.cluster.client.find(Job, { namespace: "default", name }),
  );

/** The value of a variable of a Job's container. */
export const envOf = (job: Live<Job>, name: string): string | undefined =>
  job.spec?.template.spec?.containers[0]?.env?.find((one) => one.name === name)?.value;

/** Ends a Job as a node and the Job controller would. Without a report, its pod is gone already. */
export async function endJob(
  harness: Harness,
  name: string,
  report: BackupReport | MigrateReport | RestoreReport | undefined,
): Promise<Live<Job>> {
  const { client } = harness.cluster;
  const job = await jobNamed(harness, name);
  const ok = report?.ok !== false;
  if (report !== undefined) {
    const key = { namespace: "default", name: `${job.metadata.name}-${job.metadata.uid.slice(0, 5)}` };
    await client.create(Pod, {
      metadata: {
        ...key,
        labels: job.spec?.template.metadata?.labels ?? {},
        ownerReferences: [
          {
            apiVersion: "batch/v1",
            kind: "Job",
            name: job.metadata.name,
            uid: job.metadata.uid,
            controller: true,
          },
        ],
      },
      spec: { containers: [{ name: "backup", image: "lms" }] },
    });
    const terminated = {
      exitCode: ok ? 0 : 1,
      finishedAt: new Date().toISOString(),
      message: JSON.stringify(report),
    };
    await client.mergePatch(
      Pod,
      key,
      {
        status: {
          phase: ok ? "Succeeded" : "Failed",
          containerStatuses: [
            {
              name: "backup",
              image: "lms",
              imageID: "",
              ready: false,
              restartCount: 0,
              state: { terminated },
            },
          ],
        },
      },
      { subresource: "status" },
    );
  }
  const now = new Date().toISOString().replace(/\.\d+/, "");
  const type = ok ? "Complete" : "Failed";
  await client.mergePatch(
    Job,
    { namespace: "default", name: job.metadata.name },
    {
      status: {
        startTime: now,
        ...(ok && { completionTime: now, succeeded: 1 }),
        conditions: [{ type, status: "True" }],
      },
    },
    { subresource: "status" },
  );
  return job;
}
