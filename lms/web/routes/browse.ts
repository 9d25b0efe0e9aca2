// What strangers may look at too: front page, catalog, course pages.
import type { FastifyInstance } from "fastify";
import { accessTo } from "../../catalog/access.ts";
import { CATALOG, catalogParams } from "../../catalog/catalog.ts";
import { COURSE, COURSE_ACCESS } from "../../catalog/course.ts";
import { DASHBOARD } from "../../catalog/dashboard.ts";
import { joinCourse } from "../../catalog/enrol.ts";
import { courseHref } from "../components/parts.ts";
import { leaveMessage } from "../flash.ts";
import { catalogPage } from "../pages/catalog.ts";
import { coursePage } from "../pages/course.ts";
import { dashboardPage } from "../pages/dashboard.ts";
import { frontPage } from "../pages/front.ts";
import { Troubled } from "../troubles.ts";
import {
  frame,
  goTo,
  mayBrowse,
  OWN_SESSION,
  pageNumber,
  show,
  signedIn,
  signedInFrame,
  visit,
  visitAs,
  type Web,
} from "../visit.ts";

const FEATURED = 6;

export function registerBrowsing(app: FastifyInstance, web: Web): void {
  app.get("/", OWN_SESSION, async (request, reply) => {
    const found = await visit(web, request, CATALOG, catalogParams({ pageSize: FEATURED }));
    if (request.session) return goTo(reply, "/dashboard");
    const open = web.context.site.current().document.access.catalog === "Public";
    const within = frame(web, request, reply);
    return show(reply, within, frontPage(within, open ? (found?.courses ?? []) : []));
  });

  app.get("/dashboard", OWN_SESSION, async (request, reply) => {
    const found = await visit(web, request, DASHBOARD);
    const within = signedInFrame(web, request, reply);
    return show(reply, within, dashboardPage(within, found ?? { learning: [], teaching: [] }));
  });

  app.get<{ Querystring: Record<string, unknown> }>("/catalog", OWN_SESSION, async (request, reply) => {
    const { q, category } = request.query;
    const words = typeof q === "string" ? q.trim().slice(0, 200) : "";
    const chosen = typeof category === "string" && category !== "" ? category : undefined;
    const page = pageNumber(request.query["page"]);
    const found = await visit(web, request, CATALOG, catalogParams({ category: chosen, words, page }));
    mayBrowse(web, request);
    const view = { courses: found?.courses ?? [], total: found?.total ?? 0, counts: found?.counts ?? {} };
    const within = frame(web, request, reply);
    return show(reply, within, catalogPage(within, { ...view, words, category: chosen, page }));
  });

  app.get<{ Params: { key: string } }>("/courses/:key", OWN_SESSION, async (request, reply) => {
    const course = await visit(web, request, COURSE, [request.params.key]);
    mayBrowse(web, request);
    if (!course) throw new Troubled("NotFound");
    const access = accessTo(course, { signedIn: request.session !== undefined });
    if (!access.visible) throw new Troubled("NotFound");
    const within = frame(web, request, reply);
    return show(reply, within, coursePage(within, course, access));
  });

  app.post<{ Params: { key: string } }>("/courses/:key/join", async (request, reply) => {
    const here = courseHref(request.params.key);
    const session = signedIn(request, here);
    const course = await visitAs(web, session, COURSE_ACCESS, [request.params.key]);
    if (!accessTo(course, { signedIn: true }).visible) throw new Troubled("NotFound");
    const joined = await joinCourse(web.context.db, course.id, session.accountId);
    leaveMessage(reply, joined === "Full" ? "course-full" : joined === "NotOpen" ? "not-open" : "joined");
    return goTo(reply, here);
  });
}
