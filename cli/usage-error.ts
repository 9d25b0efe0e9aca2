// Thrown when a command was called wrongly: exit code 2, message only.

/** The caller's mistake, with what to do about it in the message. */
export class UsageError extends Error {}
