// Typed client of the LMS admin API: the only way the controller touches an LMS.
import {
  ADMIN_BASE_PATH,
  ADMIN_TOKEN_HEADER,
  type AdminStatus,
  type ApplyResult,
  type BindingDocument,
  type CourseDocument,
  type Digests,
  type DirectoryDocument,
  type DocumentState,
  type Probe,
  type Problem,
  type RemovalGuard,
  type SiteDocument,
  type Traffic,
} from "../../api/index.ts";
import { type RawResponse, type ServiceFetch, StepError, TransportError } from "../engine/index.ts";
import { LmsProblem } from "./errors.ts";
import { Lane } from "./lane.ts";

const TIMEOUT_MS = 10_000;
/** A course with all its files and texts takes a while to arrive and to be rendered, and so does a visit to many pages. */
const WORK_TIMEOUT_MS = 30_000;

/** Whether an LMS holds a document as it should be: applied as desired, and untouched since. */
export function inSync(state: DocumentState | undefined, desiredDigest: string): boolean {
  return state !== undefined && state.applied === desiredDigest && state.actual === state.expected;
}

/** Whether somebody changed in the LMS what a document declares. */
export function drifted(state: DocumentState | undefined): boolean {
  return state !== undefined && state.actual !== state.expected;
}

/** Digests younger than this serve every course of a site: a resync of 200 courses is a few requests, not 200. */
const DIGESTS_FRESH_MS = 30_000;

/** One LMS. Throws {@link LmsProblem} for refusals and `StepError` (LmsUnreachable, LmsNotReady) when a retry may help. */
export class LmsClient {
  readonly #fetch: ServiceFetch;
  readonly #token: string;
  readonly #digestsFreshMs: number;
  readonly #lane = new Lane();
  #digests: { readonly at: number; readonly value: Digests } | undefined;
  #epoch = 0;

  constructor(fetch: ServiceFetch, token: string, digestsFreshMs = DIGESTS_FRESH_MS) {
    this.#fetch = fetch;
    this.#token = token;
    this.#digestsFreshMs = digestsFreshMs;
  }

  status(signal: AbortSignal): Promise<AdminStatus> {
    return this.#call("GET", "/status", signal);
  }

  /** How the replica that answers has answered visitors since it started. */
  traffic(signal: AbortSignal): Promise<Traffic> {
    return this.#call("GET", "/traffic", signal);
  }

  /** Has the replica that answers visit its own pages. */
  probe(signal: AbortSignal): Promise<Probe> {
    return this.#call("POST", "/probe", signal);
  }

  /**
   * Digests of every document, never older than the last write of this client. What others did in the LMS may be seen
   * `maxAgeMs` late.
   */
  async digests(signal: AbortSignal, maxAgeMs = this.#digestsFreshMs): Promise<Digests> {
    const now = performance.now();
    const known = this.#digests;
    if (known && now - known.at <= maxAgeMs) return known.value;
    const epoch = this.#epoch;
    const value = await this.#call<Digests>("GET", "/digests", signal);
    // A write meanwhile has made this answer old.
    if (epoch === this.#epoch) this.#digests = { at: now, value };
    return value;
  }

  /** What is known of the LMS may be wrong: it was away, and perhaps came back with another database. */
  forgetDigests(): void {
    this.#digests = undefined;
    this.#epoch++;
  }

  putSite(document: SiteDocument, signal: AbortSignal): Promise<ApplyResult> {
    return this.#write("PUT", "/site", signal, document);
  }

  putDirectory(document: DirectoryDocument, signal: AbortSignal, guard: RemovalGuard): Promise<ApplyResult> {
    return this.#write("PUT", `/directory${queryOf(guard)}`, signal, document);
  }

  putCourse(
    key: string,
    document: CourseDocument,
    signal: AbortSignal,
    guard: RemovalGuard,
  ): Promise<ApplyResult> {
    return this.#write("PUT", `/courses/${encodeURIComponent(key)}${queryOf(guard)}`, signal, document);
  }

  deleteCourse(key: string, manager: string, signal: AbortSignal): Promise<ApplyResult> {
    return this.#write(
      "DELETE",
      `/courses/${encodeURIComponent(key)}?manager=${encodeURIComponent(manager)}`,
      signal,
    );
  }

  putBinding(
    name: string,
    document: BindingDocument,
    signal: AbortSignal,
    guard: RemovalGuard,
  ): Promise<ApplyResult> {
    return this.#write("PUT", `/bindings/${encodeURIComponent(name)}${queryOf(guard)}`, signal, document);
  }

  deleteBinding(name: string, manager: string, signal: AbortSignal): Promise<ApplyResult> {
    return this.#write(
      "DELETE",
      `/bindings/${encodeURIComponent(name)}?manager=${encodeURIComponent(manager)}`,
      signal,
    );
  }

  async #write(
    method: "PUT" | "DELETE",
    path: string,
    signal: AbortSignal,
    body?: unknown,
  ): Promise<ApplyResult> {
    try {
      return await this.#call<ApplyResult>(method, path, signal, body);
    } finally {
      this.forgetDigests();
    }
  }

  async #call<T>(
    method: "GET" | "POST" | "PUT" | "DELETE",
    path: string,
    signal: AbortSignal,
    body?: unknown,
  ): Promise<T> {
    let response: RawResponse;
    try {
      response = await this.#lane.run(
        signal,
        method.startsWith("P") ? WORK_TIMEOUT_MS : TIMEOUT_MS,
        (patience) =>
          this.#fetch(`${ADMIN_BASE_PATH}${path}`, {
            method,
            signal: patience,
            headers: {
              accept: "application/json",
              [ADMIN_TOKEN_HEADER]: `Bearer ${this.#token}`,
              ...(body === undefined ? {} : { "content-type": "application/json" }),
            },
            ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          }),
      );
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      throw new StepError("LmsUnreachable", `The LMS does not answer: ${error.message}. Trying again.`, {
        cause: error,
      });
    }
    if (response.status >= 200 && response.status < 300) return response.json<T>();
    throw refusal(response);
  }
}

function queryOf({ maxRemovalPercent, allowedRemovals, acknowledge }: RemovalGuard): string {
  const query = new URLSearchParams({
    maxRemovalPercent: String(maxRemovalPercent),
    allowedRemovals: String(allowedRemovals),
    ...(acknowledge !== undefined && { acknowledge }),
  });
  return `?${query.toString()}`;
}

function refusal(response: RawResponse): Error {
  const type = String(response.headers["content-type"] ?? "");
  if (!type.includes("application/problem+json"))
    return new StepError(
      "LmsUnreachable",
      `The LMS cannot be reached: something on the way answered HTTP ${response.status}. Trying again.`,
    );
  const problem = response.json<Problem>();
  if (problem.code === "Unauthorized")
    return new StepError(
      "LmsUnauthorized",
      "The LMS does not accept the admin token: a changed Secret takes a minute or two to reach its pods. Trying again.",
    );
  if (problem.code === "NotReady" || problem.code === "Internal")
    return new StepError(
      problem.code === "NotReady" ? "LmsNotReady" : `Lms${problem.code}`,
      `${problem.detail}. ${problem.remedy}`,
    );
  return new LmsProblem(problem);
}
