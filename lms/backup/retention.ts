// Which backups stay and which may go. Decides only; prune.ts does it.
import type { Retention } from "../../api/index.ts";

/** What the decision depends on. Complete backups only: a run that never ended protects nothing. */
export interface Kept {
  readonly id: string;
  /** RFC 3339. */
  readonly takenAt: string;
  readonly origin: "schedule" | "manual";
  readonly expiresAt?: string;
  /** Whether somebody has restored it and found it whole. */
  readonly verified: boolean;
}

export interface Decision {
  /** In the words of the policy, newest first: `last 1`, `day 2026-11-26`, `week 2026-W48`, `month 2026-11`, … */
  readonly keep: readonly { readonly id: string; readonly why: readonly string[] }[];
  /** Oldest first. */
  readonly remove: readonly string[];
}

/**
 * Scheduled backups stay as long as a rule of the policy wants them: the newest `keepLast`, and the last one of each of
 * the newest days, ISO weeks and months that have any. Manual ones stay until they expire. The newest backup and the
 * newest verified one stay in any case. What is removed once would not be kept later either, as long as the policy and
 * what is verified stay the same: the newest of a day, week or month is kept from the start.
 */
export function keep(backups: readonly Kept[], policy: Retention, now: Date): Decision {
  const reasons = new Map<string, string[]>(backups.map(({ id }) => [id, []]));
  const because = (backup: Kept | undefined, why: string): void =>
    void (backup && reasons.get(backup.id)?.push(why));

  // One whose time cannot be read is nobody's to judge.
  const dated = backups.filter((backup) => !Number.isNaN(Date.parse(backup.takenAt)));
  for (const backup of backups) if (!dated.includes(backup)) because(backup, "its time cannot be read");
  const newestFirst = dated.sort(
    (a, b) => Date.parse(b.takenAt) - Date.parse(a.takenAt) || (a.id < b.id ? 1 : -1),
  );

  because(newestFirst[0], "newest");
  because(
    newestFirst.find(({ verified }) => verified),
    "newest verified",
  );
  for (const backup of newestFirst) if (backup.origin === "manual") because(backup, manual(backup, now));

  const scheduled = newestFirst.filter(({ origin }) => origin === "schedule");
  scheduled.slice(0, policy.keepLast).forEach((backup, at) => because(backup, `last ${at + 1}`));
  const calendar = calendarOf(policy.timeZone ?? "UTC");
  const periodsOf = new Map(scheduled.map((backup) => [backup, calendar(new Date(backup.takenAt))]));
  for (const [rule, count] of [
    ["day", policy.daily ?? 0],
    ["week", policy.weekly ?? 0],
    ["month", policy.monthly ?? 0],
  ] as const) {
    const periods = new Set<string>();
    for (const [backup, { [rule]: period }] of periodsOf) {
      if (periods.has(period)) continue;
      if (periods.size === count) break;
      periods.add(period);
      because(backup, `${rule} ${period}`);
    }
  }

  const all = [...newestFirst, ...backups.filter((backup) => !newestFirst.includes(backup))];
  const why = (backup: Kept): readonly string[] => (reasons.get(backup.id) ?? []).filter(Boolean);
  return {
    keep: all
      .filter((backup) => why(backup).length > 0)
      .map((backup) => ({ id: backup.id, why: why(backup) })),
    remove: all
      .filter((backup) => why(backup).length === 0)
      .map(({ id }) => id)
      .reverse(),
  };
}

/** Why a manual backup stays; empty when it has expired. */
function manual({ expiresAt }: Kept, now: Date): string {
  if (expiresAt === undefined) return "manual";
  const expiry = Date.parse(expiresAt);
  // A time that cannot be read has not come.
  return Number.isNaN(expiry) || expiry > now.getTime() ? `manual until ${expiresAt}` : "";
}

interface Periods {
  readonly day: string;
  /** ISO 8601: weeks begin on Monday, and the first of a year is the one with its first Thursday. */
  readonly week: string;
  readonly month: string;
}

/** Day, week and month of a moment, as the calendar on the wall there has it. */
function calendarOf(timeZone: string): (moment: Date) => Periods {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    calendar: "gregory",
    numberingSystem: "latn",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  });
  return (moment) => {
    const part: Partial<Record<Intl.DateTimeFormatPartTypes, string>> = {};
    for (const { type, value } of format.formatToParts(moment)) part[type] = value;
    const month = `${part.year}-${part.month}`;
    const day = `${month}-${part.day}`;
    return { day, week: isoWeek(day), month };
  };
}

const DAY_MS = 86_400_000;

/** Of a calendar day, `2026-11-26`; days are counted, so no clock change has a say in it. */
function isoWeek(day: string): string {
  const date = new Date(`${day}T00:00:00Z`);
  const thursday = new Date(date.getTime() + (4 - (date.getUTCDay() || 7)) * DAY_MS);
  const year = thursday.getUTCFullYear();
  const week = Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * DAY_MS)) + 1;
  return `${year}-W${String(week).padStart(2, "0")}`;
}
