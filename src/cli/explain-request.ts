import type { ReadEntry } from '../audit/read.ts'
import { isTroubleCode, TROUBLE } from '../identity/trouble.ts'
import { CARD_REFUSALS, isCardRefusal } from '../methods/certificates/verdict.ts'
import { isPasskeyRefusal, PASSKEY_REFUSALS } from '../methods/passkey/refusals.ts'
import { isUpstreamRefusal, UPSTREAM_REFUSALS } from '../methods/upstream/refusals.ts'
import { isUpstream } from '../methods/upstream/upstream.ts'

// The story of one request in plain sentences, from the audit. Pure; names nobody.

/** What is known of the person whom the refusal was about. */
export interface Around {
  /** The person's entries from an hour before the refusal on. */
  readonly others: readonly ReadEntry[]
  /** Of the register entry; absent when it is gone. */
  readonly status: string | undefined
  /** Since when the one-time code in force is enrolled; absent when there is none. */
  readonly enrolled: Date | undefined
}

export function tell(entries: readonly ReadEntry[], around: Around | undefined): string[] {
  if (entries.length === 0) return NOTHING
  return entries.flatMap((entry) => [sentence(entry), ...reasons(entry, around)])
}

const NOTHING = [
  'Nothing is on record under this request.',
  'Either nothing was tried (a page was shown, a field was filled in wrongly), or the person went on trying during a wait',
  'whose first tries are on record under their own requests. The code on the page says which: pratu explain PRT-nnnn.',
]

const time = (at: Date): string => `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`

/** What the kinds of entry say to somebody who wasn't there; the others are named as they are. */
const SAID: Readonly<Record<string, string>> = {
  'sign-in.succeeded': 'the person proved themselves and signed in',
  'sign-in.single-sign-on': 'the person was signed in already and went straight through',
  'sign-in.refused': 'the sign-in was refused',
  'consent.given': 'the person agreed to what is sent',
  'consent.denied': 'the person did not agree to what is sent',
  'data.released': 'data was released to the agency',
  'code.issued': 'the way back to the agency was opened (code issued)',
  'tokens.issued': 'the agency got its tokens',
  'tokens.refused': 'the agency was refused its tokens',
  'sign-out.done': 'the person signed out',
  'credential.enrolled': 'a means to sign in was enrolled',
  'credential.removed': 'a means to sign in was put out of force',
  'credential.activation-refused': 'the activation code of a letter was refused',
  'credential.enrolment-refused': 'a means to sign in could not be made',
  'desk.refused': 'the code of a desk was refused',
}

/** What the agency was told instead of a code (OAuth's and OpenID Connect's words). */
const ANSWERS: Readonly<Record<string, string>> = {
  access_denied: 'the person turned back, did not agree to the data, or may not sign in',
  unmet_authentication_requirements: 'nothing that this person can use reaches the level that was asked for',
  login_required: 'the agency wanted no page, and one was needed',
  consent_required: 'the agency wanted no page, and the person must be asked about their data',
}

function sentence({ at, type, client, detail, erased }: ReadEntry): string {
  const told = [
    client && `for ${client}`,
    typeof detail.method === 'string' && `by ${detail.method}`,
    typeof detail.need === 'string' && `asked for ${detail.need}`,
    typeof detail.acr === 'string' && `reached ${detail.acr}`,
    erased && 'past its retention: no more is known',
  ].filter(Boolean)
  return `${time(at)}: ${SAID[type] ?? type}${told.length ? ` (${told.join(', ')})` : ''}.`
}

function reasons({ type, at, detail, person }: ReadEntry, around: Around | undefined): string[] {
  const { code, error, because, method } = detail
  if (type === 'sign-in.succeeded') return differences(detail)
  if (typeof error === 'string' && error in ANSWERS) return [`  The agency was answered ${error}: ${ANSWERS[error]}.`]
  if (typeof code !== 'string' || !isTroubleCode(code)) return []
  const lines = [`  ${code}: ${TROUBLE[code].meaning}`]
  if (method === 'passkey') {
    if (typeof because === 'string' && isPasskeyRefusal(because))
      lines.push(`  ${because}: ${PASSKEY_REFUSALS[because].says}.`)
    return around?.status ? [...lines, `  The register entry is ${around.status}.`] : lines
  }
  if (typeof because === 'string' && isCardRefusal(because)) lines.push(`  ${because}: ${CARD_REFUSALS[because].says}.`)
  if (typeof because === 'string' && isUpstreamRefusal(because))
    lines.push(`  ${because}: ${UPSTREAM_REFUSALS[because].says}.`)
  if (method === 'smart-card' || (typeof method === 'string' && isUpstream(method)))
    return around?.status ? [...lines, `  The register entry is ${around.status}.`] : lines
  if (!person) return [...lines, '  Nobody in the register has the person code that was typed.']
  if (!around) return lines
  if (around.status) lines.push(`  The register entry is ${around.status}.`)
  lines.push(
    around.enrolled
      ? `  A one-time code is enrolled since ${time(around.enrolled)}.`
      : '  No one-time code is enrolled: the person needs a letter (pratu persons enrol-letter) or an operator.',
  )
  const refusals = around.others.filter((other) => other.type === type && other.at <= at)
  if (refusals.length > 1) lines.push(`  In the hour before: ${counted(refusals)}.`)
  const later = around.others.find((other) => other.type === 'sign-in.succeeded' && other.at > at)
  lines.push(
    later ? `  The person signed in afterwards, at ${time(later.at)}.` : '  The person has not signed in since.',
  )
  return lines
}

/** Where a card says otherwise than the register; how is on no record. */
const differences = ({ names, kind }: ReadEntry['detail']): string[] => [
  ...(names === 'differ' ? ["  The names on the card are not the register's."] : []),
  ...(kind === 'differs' ? ["  The card is an e-resident's, and the register has the person as something else."] : []),
]

/** `3 × PRT-1201, 1 × PRT-1203` */
function counted(entries: readonly ReadEntry[]): string {
  const counts = new Map<string, number>()
  for (const { detail } of entries) {
    const code = typeof detail.code === 'string' ? detail.code : 'without a code'
    counts.set(code, (counts.get(code) ?? 0) + 1)
  }
  return [...counts].map(([code, count]) => `${count} × ${code}`).join(', ')
}
