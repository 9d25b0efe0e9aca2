// The memory of the operator beside many big Courses: with its caches full, and after it has looked at each of them.
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { customResourceDefinition } from "../../../api/crd.ts";
import { kinds } from "../../../api/index.ts";
import { type Client, CustomResourceDefinition, Lease, Namespace } from "../../../controller/engine/index.ts";
import { Course } from "../../../controller/kinds.ts";
import { aCourse } from "../../scenario/school.ts";
import { type Place } from "./place.ts";
import { Contender } from "./process.ts";
import { each } from "./site.ts";

export const COURSE_BYTES = 20_000;
const SENTENCE = "All about one thing, told in full. ";
const SETTLE_MS = 3_000;
const PATIENCE_MS = 600_000;

/** Resident memory in MB (10^6 bytes). */
export interface CourseMemory {
  readonly courses: number;
  /** Standing by, caches filled. */
  readonly cachedMb: number;
  readonly cachedPeakMb: number;
  /** As the leader, after one look at every Course. */
  readonly workedMb: number;
  readonly workedPeakMb: number;
}

export async function courseMemory(
  client: Client,
  place: Omit<Place, "namespace">,
  courses: number,
  flags: string[],
): Promise<CourseMemory> {
  const namespace = `bench-${randomBytes(4).toString("hex")}`;
  await client.create(Namespace, { metadata: { name: namespace } });
  let operator: Contender | undefined;
  try {
    await declareCourses(client, namespace, courses);
    const lease = await holdLease(client, namespace);
    operator = new Contender("operator", { ...place, namespace }, { flags });
    await operator.up();
    await sleep(SETTLE_MS);
    const cached = operator.memoryMb();
    await client.mergePatch(Lease, lease, { spec: { holderIdentity: "" } });
    await everyCourseLookedAt(operator, courses);
    await sleep(SETTLE_MS);
    const worked = operator.memoryMb();
    return {
      courses,
      cachedMb: cached.now,
      cachedPeakMb: cached.peak,
      workedMb: worked.now,
      workedPeakMb: worked.peak,
    };
  } finally {
    await operator?.stop();
    await releaseCourses(client, namespace);
    await client.delete(Namespace, { namespace: "", name: namespace });
  }
}

async function declareCourses(client: Client, namespace: string, courses: number): Promise<void> {
  for (const kind of kinds)
    await client.apply(
      CustomResourceDefinition,
      customResourceDefinition(kind) as unknown as CustomResourceDefinition,
      { force: true },
    );
  while (!(await client.hasResource(Course))) await sleep(100);
  await each(courses, async (n) => {
    // Different texts: what V8 shares between equal strings must not flatter the result.
    const markdown = `${n} ${SENTENCE.repeat(Math.ceil(COURSE_BYTES / SENTENCE.length))}`.slice(
      0,
      COURSE_BYTES,
    );
    const items = [{ key: "long", title: "Long", lesson: { markdown } }];
    const spec = { modules: [{ key: "start", title: "Start", items }] };
    // Nobody's site: what is looked at is the Course alone.
    await client.create(Course, aCourse(`course-${n}`, "absent", spec, namespace) as Course);
  });
}

/** Somebody else leads until the Lease has no holder. */
async function holdLease(client: Client, namespace: string): Promise<{ namespace: string; name: string }> {
  const name = "provost-operator";
  const now = new Date().toISOString().replace("Z", "000Z");
  const spec = { holderIdentity: "bench", leaseDurationSeconds: 3600, acquireTime: now, renewTime: now };
  await client.create(Lease, { metadata: { name, namespace }, spec } as unknown as Lease);
  return { namespace, name };
}

async function everyCourseLookedAt(operator: Contender, courses: number): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(500)) {
    const runs = await operator.runs();
    if (runs >= courses) return;
    if (Date.now() > deadline) throw new Error(`the operator looked at ${runs} of ${courses} Courses`);
  }
}

/** The operator is gone: its finalizers would keep the namespace for ever. */
async function releaseCourses(client: Client, namespace: string): Promise<void> {
  const { items } = await client.list(Course, { namespace });
  await each(items.length, async (n) => {
    const course = items[n];
    if (course === undefined || course.metadata.finalizers === undefined) return;
    const key = { namespace, name: course.metadata.name };
    await client.mergePatch(Course, key, { metadata: { finalizers: null } });
  });
}
