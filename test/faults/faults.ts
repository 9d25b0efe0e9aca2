// What can happen to one request, or to one event of a watch: the faults, as data. Doing them is proxy.ts.
import { type Asked, isEvent, isToLms, isWrite } from "./request.ts";

/** An answer made up on the way. */
export interface Answer {
  readonly status: number;
  readonly reason: string;
  readonly retryAfterSeconds?: number;
}

/** What happens instead of the request, or instead of its answer. */
export type Blow =
  { readonly type: "crash" } | { readonly type: "reset" } | ({ readonly type: "answer" } & Answer);

export interface Fault {
  readonly name: string;
  /** Whether it can happen to this request or event. */
  suits(asked: Asked): boolean;
  /** Only lists and watches can meet it. */
  readonly onlyReads?: boolean;
  /** Before it reaches the server: nothing was done. */
  readonly before?: Blow;
  /** After the server did it: only the answer is lost. */
  readonly after?: Blow;
  /** The answer (or the event and all that follow on its watch) comes this much later. */
  readonly delayMs?: number;
  /** Of a watch event: the connection ends before it, or in the middle of its line. */
  readonly cut?: "before" | "within";
  /** When the watch is opened again, its version is too old: what happened in between is never told. */
  readonly expires?: boolean;
}

const DELAY_MS = 300;

const request = (asked: Asked): boolean => !isEvent(asked);
const answered = (asked: Asked): boolean => request(asked) && asked.verb !== "WATCH";
const read = (asked: Asked): boolean => asked.verb === "LIST" || asked.verb === "WATCH";
// A 409 of the LMS means that somebody else manages the object, which is no fault on the way.
const refusable = (asked: Asked): boolean => isWrite(asked) && !isToLms(asked);

const answer = (status: number, reason: string, retryAfterSeconds?: number): Blow => ({
  type: "answer",
  status,
  reason,
  ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
});

/** Every fault of a single request or event. */
export const FAULTS: readonly Fault[] = [
  { name: "crash before", suits: answered, before: { type: "crash" } },
  { name: "crash after", suits: answered, after: { type: "crash" } },
  { name: "reset before", suits: request, before: { type: "reset" } },
  { name: "reset after", suits: answered, after: { type: "reset" } },
  { name: "409", suits: refusable, before: answer(409, "Conflict") },
  { name: "410", suits: read, onlyReads: true, before: answer(410, "Expired") },
  { name: "429", suits: request, before: answer(429, "TooManyRequests", 1) },
  { name: "500", suits: request, before: answer(500, "InternalError") },
  { name: "504", suits: request, before: answer(504, "Timeout") },
  // What a real timeout looks like: the server did it, and took too long to say so.
  { name: "504 after", suits: isWrite, after: answer(504, "Timeout") },
  // The watch tells of the write before its answer does.
  { name: "late answer", suits: answered, delayMs: DELAY_MS },
  { name: "watch dropped", suits: isEvent, cut: "before" },
  { name: "watch expired", suits: isEvent, cut: "before", expires: true },
  { name: "half a line", suits: isEvent, cut: "within" },
  { name: "late event", suits: isEvent, delayMs: DELAY_MS },
];
