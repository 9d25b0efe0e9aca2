// Sentences put together of others. Pure.

/** Without the full stop at its end: to be part of another sentence. */
export const withoutStop = (text: string): string => text.replace(/\.$/, "");
