// Takes a deleted Course off its site: archived where learners have work on it.
import { managerOf } from "../../attachment/attached.ts";
import { sayFarewell } from "../../attachment/farewell.ts";
import { courseKeyOf, courseOf, type CourseStep } from "../context.ts";

export const farewell: CourseStep = {
  name: "farewell",
  run(ctx) {
    const course = courseOf(ctx);
    const key = courseKeyOf(course);
    return sayFarewell(ctx, {
      what: `course "${key}"`,
      remove: (lms, signal) => lms.deleteCourse(key, managerOf("Course", course), signal),
    });
  },
};
