// How numbers and moments read on a page: in the site's language and time zone. Pure.
import type { SiteDocument } from "../../api/index.ts";
import { html, type Html } from "./html.ts";

/** At most one decimal, never more than was reached: 59.97 is not shown as 60. */
export function percentText(percent: number): string {
  const tenths = Math.floor(Math.round(percent * 100) / 10);
  return `${tenths % 10 === 0 ? tenths / 10 : (tenths / 10).toFixed(1)}%`;
}

/** Points without needless zeros: 2, 1.5, 0.333 */
export const pointsText = (points: number): string => String(Math.round(points * 1000) / 1000);

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;

export function minutesText(minutes: number): string {
  if (minutes < 60) return `${minutes} min`;
  const rest = minutes % 60;
  return rest === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${rest} min`;
}

export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 100) / 10} kB`;
  return `${Math.round(bytes / 100_000) / 10} MB`;
}

export interface Dates {
  /** `24 Nov 2026, 02:05`, with the moment itself for machines. */
  time(moment: Date | string): Html;
  /** `24 November 2026` */
  day(moment: Date | string): Html;
}

const made = new WeakMap<SiteDocument, Dates>();

/** Dates of a site; making formatters is slow, so they are made once per settings. */
export function datesOf(site: SiteDocument): Dates {
  let dates = made.get(site);
  if (!dates) {
    dates = newDates(site.language, site.timeZone);
    made.set(site, dates);
  }
  return dates;
}

function newDates(language: string, timeZone: string): Dates {
  // Plain "en" would mean the order of the United States.
  const locale = language === "en" ? "en-GB" : language;
  const time = formatter(locale, timeZone, { dateStyle: "medium", timeStyle: "short" });
  const day = formatter(locale, timeZone, { dateStyle: "long" });
  const element = (format: Intl.DateTimeFormat, moment: Date | string): Html => {
    const date = new Date(moment);
    return html`<time datetime="${date.toISOString()}">${format.format(date)}</time>`;
  };
  return { time: (moment) => element(time, moment), day: (moment) => element(day, moment) };
}

/** A language or zone this machine does not know must not take the site down. */
function formatter(locale: string, timeZone: string, style: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  for (const [l, z] of [
    [locale, timeZone],
    ["en-GB", timeZone],
    [locale, "UTC"],
  ] as const)
    try {
      return new Intl.DateTimeFormat(l, { ...style, timeZone: z });
    } catch {
      // The next pair.
    }
  return new Intl.DateTimeFormat("en-GB", { ...style, timeZone: "UTC" });
}
