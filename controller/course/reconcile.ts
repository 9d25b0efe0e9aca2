// Course: from a manifest to a published course. The list of steps is the story.
import {
  done,
  extend,
  isDeleting,
  type Outcome,
  type ReconcileContext,
  runSteps,
  summarise,
} from "../engine/index.ts";
import { type Environment, namespaceIsGoing } from "../environment.ts";
import type { Course } from "../kinds.ts";
import type { CourseContext } from "./context.ts";
import { content } from "./steps/content.ts";
import { farewell } from "./steps/farewell.ts";
import { publish } from "./steps/publish.ts";
import { site } from "./steps/site.ts";

// Content first: an author learns of a contradiction even while the site is not there yet.
const steps = [content, site, publish];

/** Reconciles a Course. */
export async function reconcileCourse(ctx: ReconcileContext<Course>, env: Environment): Promise<Outcome> {
  const course: CourseContext = extend(ctx, { env, found: {} });
  if (!isDeleting(ctx.object) && namespaceIsGoing(course)) return done();
  return summarise(course, await runSteps(course, isDeleting(ctx.object) ? [farewell] : steps));
}
