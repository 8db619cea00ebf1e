/** Moments (milliseconds since the Unix epoch) in the campaign's time zone, whatever the device is set to. */
import type { Language } from "../text/language";

interface Parts {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
}

const two = (number: number): string => String(number).padStart(2, "0");

function partsOf(ms: number, zone: string): Parts {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
  });
  const parts = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
  return parts as unknown as Parts;
}

/** `2025-07-01`. */
export function isoDay(ms: number, zone: string): string {
  const { year, month, day } = partsOf(ms, zone);
  return `${year}-${two(month)}-${two(day)}`;
}

/** `14:05`. */
export function clock(ms: number, zone: string): string {
  const { hour, minute } = partsOf(ms, zone);
  return `${two(hour)}:${two(minute)}`;
}

/** `01/07/2025`. */
export function dayOf(ms: number, zone: string): string {
  const { year, month, day } = partsOf(ms, zone);
  return `${two(day)}/${two(month)}/${year}`;
}

/** `14:05 01/07/2025`. */
export function moment(ms: number, zone: string): string {
  return `${clock(ms, zone)} ${dayOf(ms, zone)}`;
}

/** `14:05` today, with the day otherwise. */
export function shortMoment(ms: number, now: number, zone: string): string {
  return isoDay(ms, zone) === isoDay(now, zone) ? clock(ms, zone) : moment(ms, zone);
}

/** The moment at which clocks in the zone show this day and time; `null` if they are not a day and a time. */
export function momentAt(iso: string, time: string, zone: string): number | null {
  const read = /^(\d{1,2})(?:[:.](\d{2})|\s*(?:h|giờ)\s*(\d{2})?)$/i.exec(time.trim());
  const [hour, minute] = [Number(read?.[1]), Number(read?.[2] ?? read?.[3] ?? 0)];
  if (!/^\d{4}-\d{2}-\d{2}$/.test(iso) || !read || hour > 23 || minute > 59) return null;
  const wanted = Date.parse(`${iso}T${two(hour)}:${two(minute)}:00Z`);
  if (Number.isNaN(wanted)) return null;
  const shownAt = (ms: number): number => {
    const there = partsOf(ms, zone);
    return Date.UTC(there.year, there.month - 1, there.day, there.hour, there.minute);
  };
  const first = wanted - (shownAt(wanted) - wanted);
  // Once more, for a zone that changes its clocks in between.
  return first - (shownAt(first) - wanted);
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 365 * 86_400_000],
  ["month", 30 * 86_400_000],
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
];

/** `5 phút trước`, `vừa xong`. */
export function ago(ms: number, now: number, language: Language, justNow: string): string {
  const passed = now - ms;
  const step = STEPS.find(([, length]) => Math.abs(passed) >= length);
  if (!step) return justNow;
  return new Intl.RelativeTimeFormat(language).format(-Math.trunc(passed / step[1]), step[0]);
}

/** Whole days from today to a day: negative if it is over. */
export function daysUntil(iso: string, now: number, zone: string): number {
  return Math.round((Date.parse(iso) - Date.parse(isoDay(now, zone))) / 86_400_000);
}
