// Follows the references into ConfigMaps and looks for contradictions before anything is sent.
import { courseFindings } from "../../../api/index.ts";
import { done, requeueAfter, stalled } from "../../engine/index.ts";
import { readConfigMap } from "../../environment.ts";
import { type ContentMap, contentFaults, contentReferences } from "../content.ts";
import { type CourseContext, courseOf, type CourseStep } from "../context.ts";
import { courseDocument, courseField } from "../document.ts";

/** A ConfigMap that appears wakes us; this is for when it cannot. */
const LOOK_AGAIN_MS = 60_000;
const MOST_NAMED = 5;

export const content: CourseStep = {
  name: "content",
  async run(ctx) {
    const course = courseOf(ctx);
    const maps = await configMaps(ctx);
    const faults = contentFaults(course, maps);
    if (faults[0])
      return requeueAfter(
        LOOK_AGAIN_MS,
        faults[0].reason,
        `Waiting: ${listed(faults.map((fault) => fault.message))}.`,
      );
    const document = courseDocument(course, maps);
    const findings = courseFindings(document);
    if (findings.length > 0)
      return stalled(
        "InvalidContent",
        `${listed(findings.map(({ pointer, message }) => `${courseField(pointer)}: ${message}`))}.`,
      );
    ctx.found.document = document;
    return done();
  },
};

async function configMaps(ctx: CourseContext): Promise<Map<string, ContentMap>> {
  const maps = new Map<string, ContentMap>();
  for (const { name } of contentReferences(courseOf(ctx))) {
    if (maps.has(name)) continue;
    const map = await readConfigMap(ctx, { namespace: ctx.key.namespace, name });
    if (map) maps.set(name, map);
  }
  return maps;
}

function listed(messages: readonly string[]): string {
  const more = messages.length - MOST_NAMED;
  return `${messages.slice(0, MOST_NAMED).join("; ")}${more > 0 ? `; and ${more} more` : ""}`;
}
