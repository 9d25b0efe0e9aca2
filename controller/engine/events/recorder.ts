// Records core/v1 Events so that `kubectl describe` tells the story. Deduplicated, rate limited, never in the way of a
// reconcile: recording returns at once and its failures are only logged.
import { createHash } from "node:crypto";
import type { Logger } from "pino";
import type { Client } from "../client/client.types.ts";
import { isNotFound } from "../client/errors.ts";
import { CoreEvent } from "../client/kinds.ts";
import { apiVersionOf, type Live, type ResourceType } from "../client/object.ts";
import { rfc3339 } from "../conditions/conditions.ts";
import type { ObjectEvents } from "../steps/context.types.ts";

export interface RecorderOptions {
  readonly client: Client;
  /** Shown as the source of the event, e.g. `provost`. */
  readonly component: string;
  readonly log: Pick<Logger, "debug">;
  readonly now?: () => Date;
}

type About = { readonly metadata: Live["metadata"] };

interface Entry {
  readonly about: About;
  readonly type: ResourceType;
  readonly severity: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
  readonly firstAt: Date;
  count: number;
  lastAt: Date;
  /** Name of the Event once it was written. */
  name: string | undefined;
  queued: boolean;
}

/** Distinct events remembered for counting. */
const REMEMBERED = 2_048;
/** Events waiting to be written; beyond it new ones are dropped. */
const LONGEST_QUEUE = 512;
/** Per object: this many at once, then one every RATE_MS. */
const BURST = 25;
const RATE_MS = 30_000;
const LONGEST_MESSAGE = 1_024;

/** The event recorder of one process. */
export class EventRecorder {
  readonly #options: RecorderOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #budgets = new Map<string, { tokens: number; at: number }>();
  readonly #queue: Entry[] = [];
  #writing: Promise<void> | undefined;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  /** Events about one object. */
  about(type: ResourceType, object: About): ObjectEvents {
    const about = referenceTo(object);
    return {
      normal: (reason, message) => this.record(type, about, "Normal", reason, message),
      warning: (reason, message) => this.record(type, about, "Warning", reason, message),
    };
  }

  /** Counts the event and has it written soon. Never throws. */
  record(
    type: ResourceType,
    about: About,
    severity: "Normal" | "Warning",
    reason: string,
    message: string,
  ): void {
    const now = this.#options.now?.() ?? new Date();
    const key = [about.metadata.uid, severity, reason, message].join("\0");
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = {
        about,
        type,
        severity,
        reason,
        message: message.slice(0, LONGEST_MESSAGE),
        firstAt: now,
        count: 0,
        lastAt: now,
        name: undefined,
        queued: false,
      };
    }
    entry.count++;
    entry.lastAt = now;
    // Moved to the end: the one not heard of for the longest time is forgotten first.
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    trim(this.#entries, REMEMBERED);
    if (
      entry.queued ||
      !this.#mayWrite(about.metadata.uid, now.getTime()) ||
      this.#queue.length >= LONGEST_QUEUE
    )
      return;
    entry.queued = true;
    this.#queue.push(entry);
    this.#writing ??= this.#drain();
  }

  /** Resolves when everything recorded so far has been written (or has failed). */
  async flush(): Promise<void> {
    await this.#writing;
  }

  #mayWrite(uid: string, now: number): boolean {
    const budget = this.#budgets.get(uid) ?? { tokens: BURST, at: now };
    budget.tokens = Math.min(BURST, budget.tokens + (now - budget.at) / RATE_MS);
    budget.at = now;
    this.#budgets.delete(uid);
    this.#budgets.set(uid, budget);
    trim(this.#budgets, REMEMBERED);
    if (budget.tokens < 1) return false;
    budget.tokens--;
    return true;
  }

  async #drain(): Promise<void> {
    // Later than the reconcile that records: its own writes go first.
    await new Promise((resolve) => setImmediate(resolve));
    for (let entry = this.#queue.shift(); entry !== undefined; entry = this.#queue.shift()) {
      entry.queued = false;
      try {
        await this.#write(entry);
      } catch (error) {
        this.#options.log.debug(
          { reason: entry.reason, error: error instanceof Error ? error.message : String(error) },
          "event not recorded",
        );
      }
    }
    this.#writing = undefined;
  }

  async #write(entry: Entry): Promise<void> {
    const { client } = this.#options;
    const namespace = entry.about.metadata.namespace ?? "default";
    if (entry.name !== undefined) {
      try {
        await client.mergePatch(
          CoreEvent,
          { namespace, name: entry.name },
          { count: entry.count, lastTimestamp: rfc3339(entry.lastAt) },
        );
        return;
      } catch (error) {
        // Events live for an hour; afterwards it is told anew.
        if (!isNotFound(error)) throw error;
      }
    }
    const event = this.#eventOf(entry, namespace);
    entry.name = event.metadata.name;
    await client.create(CoreEvent, event);
  }

  #eventOf(entry: Entry, namespace: string): CoreEvent & { metadata: { name: string } } {
    const { metadata } = entry.about;
    const hash = createHash("sha256").update(
      [
        metadata.uid,
        entry.severity,
        entry.reason,
        entry.message,
        entry.firstAt.toISOString(),
        process.pid,
      ].join("\0"),
    );
    return {
      // Event names follow those of client-go: the object's name, a dot, something unique. No label ends with a dash.
      metadata: {
        name: `${metadata.name.slice(0, 230).replace(/[-.]+$/, "")}.${hash.digest("hex").slice(0, 16)}`,
        namespace,
      },
      involvedObject: {
        apiVersion: apiVersionOf(entry.type),
        kind: entry.type.kind,
        name: metadata.name,
        uid: metadata.uid,
        resourceVersion: metadata.resourceVersion,
        ...(metadata.namespace && { namespace: metadata.namespace }),
      },
      type: entry.severity,
      reason: entry.reason,
      message: entry.message,
      source: { component: this.#options.component },
      reportingComponent: this.#options.component,
      reportingInstance: "",
      firstTimestamp: rfc3339(entry.firstAt),
      lastTimestamp: rfc3339(entry.lastAt),
      count: entry.count,
    };
  }
}

/** What an Event says of its object. Nothing more: an entry outlives the run, and an object may be 1 MB. */
function referenceTo({ metadata }: About): About {
  const { name, namespace, uid, resourceVersion } = metadata;
  return { metadata: { name, uid, resourceVersion, ...(namespace !== undefined && { namespace }) } };
}

function trim(map: Map<string, unknown>, size: number): void {
  for (const key of map.keys()) {
    if (map.size <= size) return;
    map.delete(key);
  }
}
