// Which database errors mean "not now" rather than "wrong".

/** Connection lost or refused, server starting or stopping, too many connections, waited too long for a lock. */
const UNAVAILABLE_STATES = /^(08|57P0|53|57014|55P03|25P0[34])/;
const UNAVAILABLE_CODES = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ETIMEDOUT",
]);

/** Whether an error says that the database cannot be reached or has no time now: worth trying again. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isUnavailable);
  if (!(error instanceof Error)) return false;
  const { code = "" } = error as { code?: string };
  if (UNAVAILABLE_CODES.has(code) || UNAVAILABLE_STATES.test(code)) return true;
  return /Connection terminated|timeout exceeded when trying to connect|Client was closed|not queryable/.test(
    error.message,
  );
}
