// Grades of one's own, gradebooks of courses, the list of people.
import type { FastifyInstance, FastifyRequest } from "fastify";
import { accessTo } from "../../catalog/access.ts";
import { gradebookCsv } from "../../grades/gradebook.ts";
import { GRADEBOOK, type GradebookRow, MY_GRADES } from "../../grades/pages.ts";
import { GRADEBOOK_PAGE_SIZE, gradebookPage } from "../pages/gradebook.ts";
import { gradesPage } from "../pages/grades.ts";
import { peoplePage } from "../pages/people.ts";
import { PEOPLE } from "../people.ts";
import { Troubled } from "../troubles.ts";
import { OWN_SESSION, pageNumber, show, signedIn, signedInFrame, visit, type Web } from "../visit.ts";

const PEOPLE_PAGE_SIZE = 50;
/** More rows than any course has learners. */
const ALL = 1_000_000;

interface GradebookPath {
  Params: { key: string };
  Querystring: Record<string, unknown>;
}

export function registerGrades(app: FastifyInstance, web: Web): void {
  app.get("/grades", OWN_SESSION, async (request, reply) => {
    const found = await visit(web, request, MY_GRADES);
    const within = signedInFrame(web, request, reply);
    return show(reply, within, gradesPage(within, found?.courses ?? []));
  });

  app.get<GradebookPath>("/courses/:key/gradebook", OWN_SESSION, async (request, reply) => {
    const descending = request.query["order"] === "desc";
    const page = pageNumber(request.query["page"]);
    const skip = (page - 1) * GRADEBOOK_PAGE_SIZE;
    const found = await visit(web, request, GRADEBOOK, [
      request.params.key,
      descending,
      skip,
      GRADEBOOK_PAGE_SIZE,
    ]);
    const course = requireGradebook(request, found);
    const within = signedInFrame(web, request, reply);
    return show(reply, within, gradebookPage(within, { course, descending, page }));
  });

  app.get<GradebookPath>("/courses/:key/gradebook.csv", OWN_SESSION, async (request, reply) => {
    const found = await visit(web, request, GRADEBOOK, [request.params.key, false, 0, ALL]);
    const course = requireGradebook(request, found);
    return reply
      .header("cache-control", "private, no-store")
      .header("content-disposition", `attachment; filename="${course.key}-gradebook.csv"`)
      .type("text/csv; charset=utf-8")
      .send(gradebookCsv(course));
  });

  app.get<{ Querystring: Record<string, unknown> }>("/people", OWN_SESSION, async (request, reply) => {
    const page = pageNumber(request.query["page"]);
    const found = await visit(web, request, PEOPLE, [(page - 1) * PEOPLE_PAGE_SIZE, PEOPLE_PAGE_SIZE]);
    const within = signedInFrame(web, request, reply);
    if (!found) throw new Troubled("Forbidden");
    const pages = Math.ceil(found.total / PEOPLE_PAGE_SIZE);
    return show(reply, within, peoplePage(within, { ...found, page, pages }));
  });
}

/** A gradebook is for those who may see grades; whoever may not see the course does not learn that there is one. */
function requireGradebook(request: FastifyRequest, course: GradebookRow | undefined): GradebookRow {
  signedIn(request);
  if (!course) throw new Troubled("NotFound");
  const access = accessTo(course, { signedIn: true });
  if (!access.gradebook) throw new Troubled(access.visible ? "Forbidden" : "NotFound");
  return course;
}
