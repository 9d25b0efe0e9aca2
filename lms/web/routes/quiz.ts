// Taking quizzes and looking at results.
import type { FastifyInstance, FastifyReply } from "fastify";
import { type Access, accessTo } from "../../catalog/access.ts";
import { ITEM_ACCESS } from "../../catalog/item.ts";
import type { Form } from "../../quizzes/answers.ts";
import {
  type Handed,
  saveAnswers,
  startAttempt,
  submitAttempt,
  submitOverdueAttempts,
} from "../../quizzes/attempts.ts";
import { ATTEMPT_RESULT, OPEN_ATTEMPT } from "../../quizzes/pages.ts";
import { mayReview, review } from "../../quizzes/review.ts";
import { itemHref } from "../components/parts.ts";
import { leaveMessage } from "../flash.ts";
import { attemptPage } from "../pages/attempt.ts";
import { resultPage } from "../pages/result.ts";
import { Troubled, wantsJson } from "../troubles.ts";
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

/** Work begun while the course was open may still be handed in after its end; the deadline sees to the rest. */
function requireLearner(access: Access): void {
  if (!access.visible) throw new Troubled("NotFound");
  if (access.work === "NotALearner") throw new Troubled("Forbidden");
}

export function registerQuizzes(app: FastifyInstance, web: Web): void {
  const { db, metrics } = web.context;
  const path = "/courses/:key/items/:item/attempt";

  app.post<ItemPath>(`${path}/start`, async (request, reply) => {
    const { key, item } = request.params;
    const here = itemHref(key, item);
    const session = signedIn(request, here);
    const found = await visitAs(web, session, ITEM_ACCESS, [key, item]);
    const access = accessTo(found, { signedIn: true });
    requireLearner(access);
    if (access.work !== "Open" || found.kind !== "quiz") return goTo(reply, here);
    const started = await startAttempt(db, { itemId: found.item_id, accountId: session.accountId });
    if (started.kind === "Open") {
      if (!started.resumed) metrics.attempts.inc({ event: "started" });
      return goTo(reply, `${here}/attempt`);
    }
    if (started.kind === "NoneLeft") leaveMessage(reply, "no-attempts");
    return goTo(reply, here);
  });

  app.get<ItemPath>(path, OWN_SESSION, async (request, reply) => {
    const here = itemHref(request.params.key, request.params.item);
    const attempt = await visit(web, request, OPEN_ATTEMPT, [request.params.key, request.params.item]);
    const session = signedIn(request);
    if (!attempt) {
      leaveMessage(reply, "no-open-attempt");
      return goTo(reply, here);
    }
    requireLearner(accessTo(attempt, { signedIn: true }));
    if (attempt.left_ms === 0) {
      const work = { itemId: attempt.item_id, accountId: session.accountId };
      if ((await submitOverdueAttempts(db, work)) > 0) {
        metrics.attempts.inc({ event: "expired" });
        leaveMessage(reply, "late");
        return goTo(reply, `/attempts/${attempt.id}`);
      }
    }
    const within = signedInFrame(web, request, reply);
    return show(reply, within, attemptPage(within, attempt));
  });

  for (const final of [false, true])
    app.post<ItemPath>(`${path}/${final ? "submit" : "save"}`, async (request, reply) => {
      const { key, item } = request.params;
      const session = signedIn(request, `${itemHref(key, item)}/attempt`);
      requireLearner(accessTo(await visitAs(web, session, ITEM_ACCESS, [key, item]), { signedIn: true }));
      const attemptId = idOf(textOf(request.body, "attempt"));
      const form = (request.body ?? {}) as Form;
      const work = { attemptId, accountId: session.accountId, form };
      const handed = await (final ? submitAttempt(db, work) : saveAnswers(db, work));
      if (handed.kind === "NotFound") throw new Troubled("NotFound");
      if (handed.kind === "Submitted" && handed.now)
        metrics.attempts.inc({ event: handed.late ? "expired" : "submitted" });
      if (wantsJson(request))
        return reply.send(handed.kind === "Saved" ? { saved: true } : { handedIn: `/attempts/${attemptId}` });
      return afterWork(reply, handed, attemptId, itemHref(key, item));
    });

  app.get<{ Params: { id: string } }>("/attempts/:id", OWN_SESSION, async (request, reply) => {
    const attempt = await visit(web, request, ATTEMPT_RESULT, [idOf(request.params.id)]);
    const within = signedInFrame(web, request, reply);
    if (!attempt) throw new Troubled("NotFound");
    const { percent } = attempt;
    if (percent === null) {
      if (!attempt.mine) throw new Troubled("NotFound");
      return goTo(reply, `${itemHref(attempt.course_key, attempt.item_key)}/attempt`);
    }
    const access = accessTo(attempt, { signedIn: true });
    const open = mayReview(attempt.quiz.review, {
      isStaff: access.gradebook,
      passedEver: attempt.passed_ever,
    });
    const allowed = attempt.attempts_allowed ?? 0;
    const left = allowed === 0 || attempt.attempts_used < allowed;
    return show(
      reply,
      within,
      resultPage(within, {
        attempt: { ...attempt, percent },
        open,
        questions: review({ ...attempt, results: attempt.results ?? {} }, open),
        mayTryAgain: left && access.work === "Open" && access.visible && !attempt.item_archived,
      }),
    );
  });
}

function afterWork(reply: FastifyReply, handed: Handed, attemptId: number, item: string): FastifyReply {
  if (handed.kind === "Saved") {
    leaveMessage(reply, "saved");
    return goTo(reply, item);
  }
  if (handed.kind === "Submitted")
    leaveMessage(reply, handed.late ? "late" : handed.now ? "handed-in" : "already-handed-in");
  return goTo(reply, `/attempts/${attemptId}`);
}

function idOf(text: string): number {
  if (!/^[1-9][0-9]{0,14}$/.test(text)) throw new Troubled("NotFound");
  return Number(text);
}
