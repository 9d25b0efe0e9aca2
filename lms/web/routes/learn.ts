// Items of a course: to read and to mark.
import type { FastifyInstance } from "fastify";
import { accessTo } from "../../catalog/access.ts";
import { markItem } from "../../catalog/enrol.ts";
import { ITEM, ITEM_ACCESS } from "../../catalog/item.ts";
import { courseHref, itemHref } from "../components/parts.ts";
import { leaveMessage } from "../flash.ts";
import { itemPage } from "../pages/item.ts";
import { Troubled } from "../troubles.ts";
import {
  goTo,
  OWN_SESSION,
  show,
  signedIn,
  signedInFrame,
  textOf,
  visit,
  visitAs,
  type Web,
} from "../visit.ts";

interface ItemPath {
  Params: { key: string; item: string };
}

export function registerLearning(app: FastifyInstance, web: Web): void {
  app.get<ItemPath>("/courses/:key/items/:item", OWN_SESSION, async (request, reply) => {
    const found = await visit(web, request, ITEM, [request.params.key, request.params.item]);
    const within = signedInFrame(web, request, reply);
    if (!found || found.item_archived) throw new Troubled("NotFound");
    const access = accessTo(found, { signedIn: true });
    if (!access.visible) throw new Troubled("NotFound");
    // The course page says why it is not open, and how to get in.
    if (access.content !== "Open") return goTo(reply, courseHref(found.course_key));
    return show(reply, within, itemPage(within, found, access));
  });

  app.post<ItemPath>("/courses/:key/items/:item/done", async (request, reply) => {
    const { key, item } = request.params;
    const session = signedIn(request, itemHref(key, item));
    const found = await visitAs(web, session, ITEM_ACCESS, [key, item]);
    const access = accessTo(found, { signedIn: true });
    if (!access.visible) throw new Troubled("NotFound");
    if (access.work !== "Open") throw new Troubled(access.work === "NotYetOpen" ? "NotYetOpen" : "Forbidden");
    const done = textOf(request.body, "done") !== "no";
    await markItem(web.context.db, { itemId: found.item_id, accountId: session.accountId, done });
    if (done) return goTo(reply, found.next_key === null ? courseHref(key) : itemHref(key, found.next_key));
    leaveMessage(reply, "undone");
    return goTo(reply, itemHref(key, item));
  });
}
