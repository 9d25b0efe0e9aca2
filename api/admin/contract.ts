// The LMS admin API: paths, answers and error codes. The runtime serves it, the controller calls it; neither imports the other.
//
//   GET    /admin/v1/status                       -> AdminStatus
//   PUT    /admin/v1/site            [?dryRun=true] SiteDocument      -> ApplyResult
//   PUT    /admin/v1/directory       [?dryRun=true] DirectoryDocument -> ApplyResult
//   PUT    /admin/v1/courses/:key    [?dryRun=true] CourseDocument    -> ApplyResult
//   DELETE /admin/v1/courses/:key?manager=…[&dryRun=true]             -> ApplyResult (archived when learners have work on it)
//   PUT    /admin/v1/bindings/:name  [?dryRun=true] BindingDocument   -> ApplyResult
//   DELETE /admin/v1/bindings/:name?manager=…[&dryRun=true]           -> ApplyResult
//   GET    /admin/v1/digests                      -> Digests
//   GET    /admin/v1/traffic                      -> Traffic (of the replica that answers)
//   POST   /admin/v1/probe                        -> Probe (the replica that answers visits itself)
//
// A PUT may carry a RemovalGuard as query: ?maxRemovalPercent=10&allowedRemovals=5[&acknowledge=sha256:…].
//
// Every request carries `Authorization: Bearer <token>` or, because the API server's service proxy consumes that header,
// `Provost-Authorization: Bearer <token>`. Errors are problem documents (RFC 9457), media type
// application/problem+json. A PUT that changes nothing writes nothing. DELETE of what is not there succeeds unchanged.

export const ADMIN_BASE_PATH = "/admin/v1";
/** Carries the bearer token where a proxy on the way consumes `Authorization`. */
export const ADMIN_TOKEN_HEADER = "provost-authorization";

/**
 * How the runtime is told where everything is: the environment the controller's Deployment sets and lms/main.ts reads.
 * PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD and PGSSLMODE have libpq's meaning.
 */
export const RUNTIME_ENVIRONMENT = {
  /** Address both listeners bind; all interfaces when absent. */
  host: "PROVOST_HOST",
  /** Port of the site; 8080 when absent. */
  httpPort: "PROVOST_HTTP_PORT",
  /** Port of /admin/v1, /healthz, /readyz and /metrics; 8081 when absent. */
  adminPort: "PROVOST_ADMIN_PORT",
  /** Folder with the files `token` and, during a rotation, `token-previous`; both are read anew when they change. */
  adminTokenDir: "PROVOST_ADMIN_TOKEN_DIR",
  /**
   * Seconds for which a replica that was asked to stop goes on taking requests; 0 when absent. Proxies hear of its end
   * later than it does (Kubernetes docs: "Pod Lifecycle", termination of Pods).
   */
  lingerSeconds: "PROVOST_LINGER_SECONDS",
  /** pino level; info when absent. */
  logLevel: "PROVOST_LOG_LEVEL",
} as const;

/** How much a PUT may take away at once: users, members of groups, items of a course, subjects of a binding. */
export interface RemovalGuard {
  /** In percent of those there are. */
  readonly maxRemovalPercent: number;
  /** So many in any case, however few there are. */
  readonly allowedRemovals: number;
  /** Digest of the problem RemovalGuard: exactly what that told of may go. */
  readonly acknowledge?: string;
}

/** What one PUT or DELETE did, or would do with `dryRun=true`. */
export interface ApplyResult {
  /** Whether anything differed. */
  readonly changed: boolean;
  readonly dryRun: boolean;
  readonly changes: readonly Change[];
  readonly state: DocumentState;
  /** Of a course: items kept because learners have work on them although they are no longer declared. */
  readonly archivedItems?: number;
}

export interface Change {
  readonly op: "create" | "update" | "archive" | "restore" | "remove";
  /** What changed, e.g. `users/ada`, `items/loops`, `site/branding.primaryColor`. */
  readonly path: string;
  /** For updates of single values: before and after, shortened; never a secret. */
  readonly from?: string;
  readonly to?: string;
}

/**
 * The digests of one document. In sync means: `applied` equals the digest of the desired document
 * (see digest.ts) and `actual` equals `expected`; a differing `actual` is drift somebody caused in the LMS.
 */
export interface DocumentState {
  /** Digest of the document last applied. */
  readonly applied: string;
  /** Digest of the managed rows right after it was applied. */
  readonly expected: string;
  /** Digest of the managed rows now. */
  readonly actual: string;
}

export interface Digests {
  readonly site?: DocumentState;
  readonly directory?: DocumentState;
  /** By course key. */
  readonly courses: Readonly<Record<string, DocumentState>>;
  /** By binding name. */
  readonly bindings: Readonly<Record<string, DocumentState>>;
}

export interface AdminStatus {
  /** Version of the runtime. */
  readonly version: string;
  /** Number of the last migration applied. */
  readonly schemaVersion: number;
  /** Number of the newest migration that this runtime brings along: what it knows. */
  readonly knownSchemaVersion: number;
  readonly counts: {
    readonly users: number;
    readonly courses: number;
    readonly enrolments: number;
    readonly attempts: number;
  };
}

/** How one replica has answered visitors since it started. Requests of the admin API do not count. */
export interface Traffic {
  readonly requests: number;
  /** Answered with a 5xx. */
  readonly failed: number;
  /** How many were answered within so many seconds (`le`, cumulative as in Prometheus), by rising `le`. */
  readonly within: readonly { readonly le: number; readonly requests: number }[];
}

/** What a replica found when it visited itself. */
export interface Probe {
  readonly ok: boolean;
  readonly checks: readonly ProbeCheck[];
}

export interface ProbeCheck {
  /** `Front`, `SignIn`, `Passwords`, `Catalog`, `Session`. */
  readonly name: string;
  readonly ok: boolean;
  /** What was found, for people. */
  readonly detail: string;
}

/** Stable codes of admin API errors: code -> HTTP status and what it means. */
export const PROBLEMS = {
  Unauthorized: { status: 401, title: "The bearer token is missing or wrong" },
  InvalidDocument: { status: 422, title: "The document does not fit its schema" },
  InvalidContent: { status: 422, title: "The content contradicts itself" },
  DocumentTooLarge: { status: 413, title: "The document is too large" },
  MalformedRequest: { status: 400, title: "The request cannot be read" },
  NotFound: { status: 404, title: "There is no such path" },
  ManagedByAnother: { status: 409, title: "Another manager declares this object" },
  EmailTaken: { status: 409, title: "The e-mail address belongs to another account" },
  UserNotFound: { status: 409, title: "The document names a user the site does not have" },
  GroupNotFound: { status: 409, title: "The document names a group the site does not have" },
  RoleNotFound: { status: 409, title: "The document names a role the site does not have" },
  CourseNotFound: { status: 409, title: "The document names a course the site does not have" },
  CategoryNotFound: { status: 409, title: "The document names a category the site does not have" },
  RemovalGuard: { status: 409, title: "The document takes away more at once than it may" },
  InUse: { status: 409, title: "Something still refers to what the document removes" },
  NotReady: { status: 503, title: "The database is not reachable or migrations are running" },
  Internal: { status: 500, title: "The runtime failed" },
} as const;
export type ProblemCode = keyof typeof PROBLEMS;

/** RFC 9457 problem document with Provost's members. */
export interface Problem {
  /** `https://provost.dev/problems/<code>` */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ProblemCode;
  /** What to do about it. */
  readonly remedy: string;
  /** JSON pointer (RFC 6901) into the document, where one place is to blame. */
  readonly pointer?: string;
  /** Of RemovalGuard: acknowledges exactly what would go. */
  readonly digest?: string;
  /** Everything that is wrong, where there is more than one thing. */
  readonly errors?: readonly ProblemDetail[];
}

export interface ProblemDetail {
  readonly pointer: string;
  readonly detail: string;
  readonly remedy?: string;
}
