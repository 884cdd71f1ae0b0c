import { type AgencyFrame, type AgencyInput, agencyPage } from '../../views/demo/agency.ts'
import type { Language, Words } from '../identity/language.ts'
import type { AgencyPages } from './agency.ts'
import { openSheet } from './sheet.ts'
import type { AgencyTrouble } from './visits.ts'

export interface Appearance {
  readonly name: Words
  readonly look: AgencyFrame['look']
  /** The agency next door, and where signing in begins there. */
  readonly other: { readonly name: Words; readonly href: string }
  /** What more there is to ask for: a claim that needs the citizen's consent, or a page that needs a surer sign-in. */
  readonly more: 'latin-name' | 'surer'
}

/** One agency's pages, for openAgency. */
export function agencyPages(appearance: Appearance): AgencyPages {
  const sheet = openSheet()
  const surely = (input: AgencyInput): boolean =>
    input.state === 'signed-in' && input.claims.some(({ name, value }) => name === 'acr' && value === 'high')
  const render = (language: Language, input: AgencyInput): string =>
    agencyPage.render(input, {
      name: appearance.name,
      look: appearance.look,
      language,
      stylesheet: sheet.path,
      // The links carry the language: a browser that has no session here yet would lose it.
      signIn: `/sign-in?ui_locales=${language}`,
      other: { name: appearance.other.name, href: `${appearance.other.href}?ui_locales=${language}` },
      signOut: '/sign-out',
      more:
        appearance.more === 'surer' && surely(input)
          ? undefined
          : { what: appearance.more, href: `/sign-in?more&ui_locales=${language}` },
    })
  return {
    assets: [sheet.route],
    signedOut: (language, left) => render(language, { state: 'signed-out', left }),
    signedIn(language, claims, trouble) {
      const became = trouble && wordsFor(trouble).trouble
      // Who is in already came back for more: they are as they were, and less true would be that they had not signed in.
      return render(language, { state: 'signed-in', claims, trouble: became === 'cancelled' ? 'declined' : became })
    },
    trouble: (language, trouble) => render(language, { state: 'trouble', ...wordsFor(trouble) }),
  }
}

/** The words that fit what came back; the code itself stands below them, for developers. */
function wordsFor(trouble: AgencyTrouble): {
  trouble: (AgencyInput & { state: 'trouble' })['trouble']
  error?: string
} {
  if (trouble.kind === 'stale' || trouble.kind === 'unreachable') return { trouble: trouble.kind }
  if (trouble.kind === 'unexpected') return { trouble: 'failed' }
  const { error } = trouble
  if (error === 'access_denied') return { trouble: 'cancelled', error }
  if (error === 'unmet_authentication_requirements') return { trouble: 'unmet', error }
  if (error === 'temporarily_unavailable' || error === 'server_error') return { trouble: 'unreachable', error }
  return { trouble: 'failed', error }
}
