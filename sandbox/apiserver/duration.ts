// Time spans as kubectl prints them.

/** `5s`, `3m20s`, `12m`, `5h10m`, `20h`, `3d4h`, `20d`, `2y30d`, `9y`: apimachinery's HumanDuration. */
export const humanDuration = (ms: number): string => {
  const seconds = Math.floor(ms / 1000);
  if (seconds < -1) return "<invalid>";
  if (seconds < 0) return "0s";
  if (seconds < 60 * 2) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return join(minutes, "m", seconds % 60, "s");
  if (minutes < 60 * 3) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return join(hours, "h", minutes % 60, "m");
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (hours < 24 * 8) return join(days, "d", hours % 24, "h");
  if (hours < 24 * 365 * 2) return `${days}d`;
  const years = Math.floor(days / 365);
  return years < 8 ? join(years, "y", days % 365, "d") : `${years}y`;
};

const join = (large: number, unit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${large}${unit}` : `${large}${unit}${small}${smallUnit}`;

/** How long ago `time` was, or `<unknown>` when it is not set. */
export const ago = (time: unknown, at: number): string => {
  if (typeof time !== "string" || time === "") return "<unknown>";
  const then = Date.parse(time);
  return Number.isNaN(then) ? "<invalid>" : humanDuration(at - then);
};
