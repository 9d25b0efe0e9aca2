// The quickstart as a test finds it: a copy that may be edited, and what its manifests declare.
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Course, LmsTenant, RoleBinding } from "../../api/index.ts";
import { manifestFiles, readManifests } from "../../cli/sandbox/manifests.ts";

export const QUICKSTART = fileURLToPath(new URL("../../examples/quickstart", import.meta.url));

export interface Quickstart {
  readonly folder: string;
  readonly tenant: LmsTenant;
  readonly courses: readonly Course[];
  /** Sign-in name of somebody whom a RoleBinding gives this role. */
  member(role: string): string;
  /** Replaces text in the file that declares a course, as an editor would. */
  edit(course: Course, from: string, to: string): Promise<void>;
  remove(): Promise<void>;
}

/** Copies `examples/quickstart` and reads it. */
export async function copyQuickstart(): Promise<Quickstart> {
  const folder = await mkdtemp(join(tmpdir(), "provost-quickstart-"));
  await cp(QUICKSTART, folder, { recursive: true });
  const { manifests } = await readManifests(await manifestFiles([folder]));
  const of = <T>(kind: string): T[] =>
    manifests.filter(({ object }) => object.kind === kind).map(({ object }) => object as unknown as T);
  const [tenant] = of<LmsTenant>("LmsTenant");
  if (!tenant) throw new Error("examples/quickstart declares no LmsTenant");
  return {
    folder,
    tenant,
    courses: of<Course>("Course"),
    member(role) {
      const subjects = of<RoleBinding>("RoleBinding")
        .filter((binding) => binding.spec.roleRef.name === role)
        .flatMap((binding) => binding.spec.subjects);
      for (const { user, group } of subjects) {
        const member = user ?? tenant.spec.groups?.find((one) => one.name === group)?.members?.[0];
        if (member !== undefined) return member;
      }
      throw new Error(`examples/quickstart gives nobody the role ${role}`);
    },
    async edit(course, from, to) {
      const file = manifests.find(
        ({ object }) => object.kind === "Course" && object.metadata.name === course.metadata.name,
      )?.file;
      if (file === undefined) throw new Error(`no file declares Course ${course.metadata.name}`);
      const text = await readFile(file, "utf8");
      if (!text.includes(from)) throw new Error(`${file} does not contain "${from}"`);
      await writeFile(file, text.replace(from, to));
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Key of a course on its site. */
export const courseKey = (course: Course): string => course.spec.key ?? course.metadata.name;

type Item = Course["spec"]["modules"][number]["items"][number];

/** The items of a course, in order. */
export const itemsOf = (course: Course): Item[] => course.spec.modules.flatMap((module) => module.items);
