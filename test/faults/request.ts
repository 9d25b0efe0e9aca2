// What the operator asked, named so that the same request has the same name in every run. Pure.
//
// "The fifth request" means little where many are on the way at once: which comes first is decided by chance. "The
// second PATCH of lmstenants/hill/status" means the same in every run, so requests are counted under their own name.

/** One request (or one event of a watch) of a run. */
export interface Asked {
  /** The HTTP method, or LIST and WATCH for those two, or the type of a watch event. */
  readonly verb: string;
  /** `secrets/hill-admin`, `lmstenants/hill/status`, `lms/courses/basics`; of lists and watches `secrets`. */
  readonly what: string;
  /** How many of this name there have been since the scenario began, this one included. */
  readonly nth: number;
}

export type Named = Omit<Asked, "nth">;

/** What an update makes is named after it. */
const UPDATE = /(?<=-update-)[0-9a-f]{6}/;
const LMS = /^(services|pods)\/[^/]+\/proxy\/admin\/v1\//;

/** Names a request by its path without what differs between runs: the namespace, and the made-up names of Events. */
export function nameRequest(method: string, url: string, namespace: string): Named {
  const { pathname, searchParams } = new URL(url, "http://operator");
  const what = decodeURIComponent(pathname)
    .replace(/^\/(api|apis\/[^/]+)\/v[^/]+\/(namespaces\/[^/]+\/)?/, "")
    .replace(LMS, "lms/")
    .replaceAll(namespace, "NAMESPACE")
    .replace(UPDATE, "ID")
    .replace(/^events\/.+/, "events/EVENT");
  if (method === "GET" && !what.includes("/"))
    return { verb: searchParams.has("watch") ? "WATCH" : "LIST", what };
  return { verb: method, what };
}

/** Names an event of a watch. */
export function nameEvent(resource: string, type: string, object: string, namespace: string): Named {
  return {
    verb: type,
    what: `${resource}/${object}`.replaceAll(namespace, "NAMESPACE").replace(UPDATE, "ID"),
  };
}

export const nameOf = ({ verb, what }: Named): string => `${verb} ${what}`;

/** `PATCH lmstenants/hill/status #2`. */
export const askedText = (asked: Asked): string => `${nameOf(asked)} #${asked.nth}`;

/** The request goes on to an LMS. */
export const isToLms = ({ what }: Named): boolean => what.startsWith("lms/");

const READS: ReadonlySet<string> = new Set(["GET", "LIST", "WATCH"]);
/** Types of watch events. */
export const EVENT_TYPES: ReadonlySet<string> = new Set(["ADDED", "MODIFIED", "DELETED"]);

/** The request changes something, in the cluster or in the LMS. */
export const isWrite = ({ verb }: Named): boolean => !READS.has(verb) && !EVENT_TYPES.has(verb);

/** It is an event of a watch, not a request. */
export const isEvent = ({ verb }: Named): boolean => EVENT_TYPES.has(verb);
