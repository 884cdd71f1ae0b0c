// The three languages of every page, Thai first.
export const LANGUAGES = ['th', 'en', 'et'] as const
export type Language = (typeof LANGUAGES)[number]
/** A text that must exist in every language. */
export type Words = Readonly<Record<Language, string>>

/** The first language we speak of a space-separated BCP 47 list (OIDC Core §3.1.2.1 `ui_locales`); regions are ignored. */
export function spoken(locales: string | undefined): Language | undefined {
  if (!locales) return undefined
  for (const tag of locales.split(/[\s,]+/)) {
    const primary = tag.split(/[-;]/, 1)[0]?.toLowerCase()
    const known = LANGUAGES.find((language) => language === primary)
    if (known) return known
  }
  return undefined
}
