// Dates, times and lengths of time as people read them in each language. Pure; the time zone is handed in.
import type { Language } from '../src/identity/language.ts'

// Thai: Buddhist era with Arabic digits. Years before 1941 are moved by 543 like all others, as the civil registers do,
// though a Thai year then began in April: a birth date must read as it stands on the person's card.
const locale: Record<Language, string> = { th: 'th-TH-u-ca-buddhist-nu-latn', en: 'en-GB', et: 'et-EE' }

// Each is made once: that takes a third of a millisecond and some fifty kilobytes outside the heap, which nothing gives
// back in time when many pages of trouble are shown. As many as there are languages, shapes and zones of this service.
const made = new Map<string, unknown>()
function once<T>(name: string, make: () => T): T {
  if (!made.has(name)) made.set(name, make())
  return made.get(name) as T
}
const dates = (tag: string, shape: Intl.DateTimeFormatOptions) =>
  once(`${tag} ${JSON.stringify(shape)}`, () => new Intl.DateTimeFormat(tag, shape))
const amounts = (tag: string, unit: string) =>
  once(`${tag} ${unit}`, () => new Intl.NumberFormat(tag, { style: 'unit', unit, unitDisplay: 'long' }))

/** `21 พฤศจิกายน 2569` · `21 November 2026` · `21. november 2026`. `at` in epoch milliseconds, zone as in IANA's table. */
export function day(at: number, language: Language, timeZone: string): string {
  return dates(locale[language], { dateStyle: 'long', timeZone }).format(at)
}

/** `09:41 น.` · `09:41` · `kell 09.41`: a time of day, in 24 hours. */
export function timeOfDay(at: number, language: Language, timeZone: string): string {
  const digits = dates('en-GB', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone })
  const text = digits.format(at)
  return language === 'th' ? `${text} น.` : language === 'et' ? `kell ${text.replace(':', '.')}` : text
}

/** `21 พฤศจิกายน 2569 เวลา 09:41 น.` · `21 November 2026, 09:41` · `21. november 2026 kell 09.41`. */
export function moment(at: number, language: Language, timeZone: string): string {
  const between = { th: ' เวลา ', en: ', ', et: ' ' }[language]
  return day(at, language, timeZone) + between + timeOfDay(at, language, timeZone)
}

const SOON = 90_000

/**
 * When a wait is over: `in 30 seconds` for a short one, else the time, with the date if that is another day. Rounded up:
 * who comes back as told must find the door open. `from` words a time of day as a beginning.
 */
export function opens(
  at: number,
  now: number,
  language: Language,
  timeZone: string,
  from: (time: string) => string,
): string {
  const seconds = Math.max(1, Math.ceil((at - now) / 1000))
  if (at - now <= SOON)
    return once(`soon ${language}`, () => new Intl.RelativeTimeFormat(locale[language])).format(seconds, 'second')
  const minute = Math.ceil(at / 60_000) * 60_000
  const today = day(minute, language, timeZone) === day(now, language, timeZone)
  return from(today ? timeOfDay(minute, language, timeZone) : moment(minute, language, timeZone))
}

/** A birth date of which only the year (`YYYY`) or year and month (`YYYY-MM`) may be known. What isn't a date stays as it is. */
export function birthDate(date: string, language: Language): string {
  const [, year, month, dayOfMonth] = /^(\d{4})(?:-(\d\d))?(?:-(\d\d))?$/.exec(date) ?? []
  const at = Date.UTC(Number(year), Number(month ?? 1) - 1, Number(dayOfMonth ?? 1))
  // Date.UTC reads the years 0–99 as 1900–1999 and lets 31 February pass as March: such dates are shown as written.
  if (!year || Number(year) < 1800 || !new Date(at).toISOString().startsWith(date)) return date
  if (dayOfMonth) return day(at, language, 'UTC')
  const shape = month ? ({ year: 'numeric', month: 'long' } as const) : ({ year: 'numeric' } as const)
  return dates(locale[language], { ...shape, timeZone: 'UTC' }).format(at)
}

/** `45 วินาที` · `2 minutes` · `1 tund`: rounded up, so that nobody comes back too early. */
export function duration(seconds: number, language: Language): string {
  const [amount, unit] =
    seconds <= 90
      ? [Math.max(1, Math.ceil(seconds)), 'second']
      : seconds <= 90 * 60
        ? [Math.ceil(seconds / 60), 'minute']
        : [Math.ceil(seconds / 3600), 'hour']
  return amounts(locale[language], unit).format(amount)
}

/** `2 ปี` · `30 days`: how long something is kept; whole years as years. */
export function keeping(days: number, language: Language): string {
  const [amount, unit] = days >= 365 && days % 365 === 0 ? [days / 365, 'year'] : [days, 'day']
  return amounts(locale[language], unit).format(amount)
}
