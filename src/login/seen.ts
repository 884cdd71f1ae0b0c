import type { Json } from '../identity/json.ts'
import type { Words } from '../identity/language.ts'

// What a person can recognise a sign-in of theirs by: the browser, and the city where an operator has said which networks
// are where. No address, no version, nothing that tells one phone of a make from another; kept with the line of their history.

export interface Seen {
  /** `Chrome · Android`. */
  readonly device?: string
  readonly place?: Words
}

/** For an audit entry. */
export const asDetail = ({ device, place }: Seen = {}): { readonly [key: string]: Json } => ({
  ...(device !== undefined && { device }),
  ...(place && { place: { ...place } }),
})

// In this order: nearly every browser also calls itself by the names of those before it.
const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/\bLine\//, 'LINE'],
  [/\bFB(?:AN|AV)\b/, 'Facebook'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\bEdg(?:e|A|iOS)?\//, 'Edge'],
  [/\b(?:OPR|OPiOS|Opera)\//, 'Opera'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Chrome|CriOS|Chromium|HeadlessChrome)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
]
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bMacintosh\b/, 'Mac'],
  [/\bLinux\b/, 'Linux'],
]

/** Only names from the tables above: what a stranger writes into the header is shown to nobody. */
export function deviceOf(userAgent: string | undefined): string | undefined {
  const text = userAgent?.slice(0, 500) ?? ''
  const named = [BROWSERS, SYSTEMS].flatMap((table) => table.find(([sign]) => sign.test(text))?.[1] ?? [])
  return named.length > 0 ? named.join(' · ') : undefined
}
