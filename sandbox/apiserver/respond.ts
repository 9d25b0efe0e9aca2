// Answers: text, objects and errors on the wire.
import type { IncomingMessage, ServerResponse } from "node:http";
import { stringify } from "yaml";
import { ApiError, internalError, type Status } from "./status.ts";

/** One request being answered, taken apart. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  /** Still percent-encoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
}

/** Sends a whole body. */
export const sendText = (
  { response }: Pick<Exchange, "response">,
  code: number,
  text: string | Buffer,
  contentType: string,
): void => {
  const body = typeof text === "string" ? Buffer.from(text, "utf8") : text;
  response.writeHead(code, { "content-type": contentType, "content-length": body.length });
  response.end(body);
};

/** Sends JSON text in the format the client asked for. */
export const sendJsonText = (
  exchange: Pick<Exchange, "response"> & Partial<Exchange>,
  code: number,
  json: string,
  format: "json" | "yaml" = "json",
): void => {
  if (format === "yaml")
    return sendText(exchange, code, stringify(JSON.parse(json) as unknown), "application/yaml");
  const pretty = exchange.query?.has("pretty") && exchange.query.get("pretty") !== "false";
  sendText(
    exchange,
    code,
    pretty ? `${JSON.stringify(JSON.parse(json), null, 2)}\n` : json,
    "application/json",
  );
};

/** A header value may hold visible ASCII only; quotes and backslashes are escaped. */
const warningValue = (message: string): string => {
  const text = message.replace(/[^\x20-\x7e]/g, "?").replace(/(["\\])/g, "\\$1");
  return `299 - "${text}"`;
};

/** Longest all warnings together may be, as kube-apiserver limits them. */
const maxWarningChars = 16 * 1024;

/** Adds Warning headers; call before the answer is sent. */
export const addWarnings = (response: ServerResponse, warnings: readonly string[]): void => {
  if (warnings.length === 0 || response.headersSent) return;
  let left = maxWarningChars;
  const fitting = [...new Set(warnings)].filter((warning) => (left -= warning.length) >= 0);
  response.setHeader("Warning", fitting.map(warningValue));
};

/** What a thrown error says to a client. Anything but ApiError is a fault of ours and told in general terms. */
export const statusOf = (error: unknown): Status =>
  (error instanceof ApiError ? error : internalError(error instanceof Error ? error.message : String(error)))
    .status;

/** Sends an error as a Status object; cuts the connection when an answer has begun already. */
export const sendError = (exchange: Exchange, error: unknown): void => {
  const { response } = exchange;
  const status = statusOf(error);
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const retry = status.details?.retryAfterSeconds;
  if (retry !== undefined) response.setHeader("Retry-After", String(retry));
  // Nobody is going to read the rest of the body: the connection cannot be used again.
  const { headers, complete } = exchange.request;
  const hasBody = headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
  if (hasBody && !complete) response.setHeader("Connection", "close");
  sendJsonText({ response }, status.code, JSON.stringify(status));
};
