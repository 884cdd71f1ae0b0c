/**
 * A number as somebody typed it: spaces, hyphens and invisible marks go, Thai and full-width digits become 0–9.
 * What isn't a digit otherwise stays, for the caller to refuse.
 */
export function plainDigits(typed: string): string {
  return typed
    .normalize('NFKC')
    .replace(/[๐-๙]/g, (thai) => String(thai.charCodeAt(0) - 0x0e50))
    .replace(/[\s\p{Dash}\p{Cf}]/gu, '')
}
