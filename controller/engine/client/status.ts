// Turns an HTTP answer of the API server into an ApiError. Pure.
import type { RawResponse } from "./client.types.ts";
import { ApiError, type StatusDetails } from "./errors.ts";

/** A Kubernetes `Status` object. */
export interface KubeStatus {
  readonly kind?: string;
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: StatusDetails;
}

/** What the codes mean when no Kubernetes `Status` says so. */
const REASONS: Readonly<Record<number, string>> = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  405: "MethodNotAllowed",
  409: "Conflict",
  410: "Expired",
  415: "UnsupportedMediaType",
  422: "Invalid",
  429: "TooManyRequests",
  500: "InternalError",
  503: "ServiceUnavailable",
  504: "Timeout",
};

/** Parses a body as a Kubernetes `Status`; anything else is `undefined`. */
export function parseStatus(answer: Pick<RawResponse, "text">): KubeStatus | undefined {
  try {
    const value = JSON.parse(answer.text()) as KubeStatus | null;
    return value !== null && typeof value === "object" && value.kind === "Status" ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The error of a refused call. The message holds the server's words, never headers or the request's body. */
export function errorOf(
  method: string,
  path: string,
  answer: Pick<RawResponse, "status" | "headers" | "text">,
): ApiError {
  const status = parseStatus(answer);
  const where = `${method} ${path.split("?", 1)[0] ?? ""}`;
  const said = status?.message ?? (answer.text().trim().slice(0, 200) || "(no message)");
  return new ApiError({
    status: answer.status,
    reason: status?.reason || (REASONS[answer.status] ?? "Unknown"),
    message: `${where}: ${answer.status} ${said}`,
    details: status?.details,
    retryAfterMs: retryAfterMs(answer.headers, status),
  });
}

/** The error inside a watch (an ERROR event carries a `Status`). */
export function errorOfStatus(where: string, status: KubeStatus): ApiError {
  return new ApiError({
    status: status.code ?? 500,
    reason: status.reason ?? "Unknown",
    message: `${where}: ${status.code ?? 500} ${status.message ?? "(no message)"}`,
    details: status.details,
    retryAfterMs: retryAfterMs({}, status),
  });
}

function retryAfterMs(headers: RawResponse["headers"], status: KubeStatus | undefined): number | undefined {
  const header = headers["retry-after"];
  const text = Array.isArray(header) ? header[0] : header;
  if (text !== undefined) {
    if (/^\d+$/.test(text)) return Number(text) * 1000;
    const date = Date.parse(text);
    if (!Number.isNaN(date)) return Math.max(0, date - Date.now());
  }
  const seconds = status?.details?.retryAfterSeconds;
  return seconds === undefined ? undefined : seconds * 1000;
}
