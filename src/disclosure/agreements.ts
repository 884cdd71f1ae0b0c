import { at, flag, items, members, note, oneOf, type Place, text, unique, words } from '../clients/mistakes.ts'
import { resourceUri } from '../clients/web-address.ts'
import { type Assurance, atLeast, LEVELS } from '../identity/assurance.ts'
import type { ClientId } from '../identity/identifiers.ts'
import type { Words } from '../identity/language.ts'
import { CLAIM_NAMES, type ClaimName, SCOPES } from './claims.ts'

// What a relying party and the state agreed: which claims, for what, on which legal ground, who answers for it, how long.
// Nothing outside it is ever released. Read from the clients file here; kept in versions by store, weighed by decide.

/** PDPA section 24 and GDPR article 6, the grounds a public service stands on; all but consent name their law. */
export const GROUNDS = ['consent', 'law', 'public-task'] as const
export type Ground = (typeof GROUNDS)[number]

export interface ClaimTerms {
  readonly names: readonly ClaimName[]
  readonly ground: Ground
  /** The provision, for the citizen to read; with `law` and `public-task` always there. */
  readonly reference?: Words
}

/** An API for which the relying party may get an access token of its own (RFC 8707). */
export interface ResourceTerms {
  /** The API's identifier, an absolute URI: the token's audience. */
  readonly resource: string
  /** `jwt` (RFC 9068) can't be revoked and lives 5 minutes at most. */
  readonly token: 'opaque' | 'jwt'
  readonly scopes: readonly string[]
}

export interface AgreementValues {
  readonly purpose: Words
  readonly officer: string
  /** ISO 8601 instants, UTC; `validTo` is exclusive. */
  readonly validFrom: string
  readonly validTo: string
  readonly claims: readonly ClaimTerms[]
  /** `lowest`: every sign-in reaches at least this; `highest`: the most that the relying party may ask for. */
  readonly assurance: { readonly lowest: Assurance; readonly highest: Assurance }
  /** Ids of the login methods that may be used; absent: every one. */
  readonly methods?: readonly string[]
  /** Present where e-residents may not sign in to it. */
  readonly eResidents?: false
  readonly refresh: boolean
  /** Present where its refresh tokens live on when the person's session has lain idle. */
  readonly refreshAfterIdle?: true
  /** Present where who is signed in already is asked whether to go on as themselves. */
  readonly askToContinue?: true
  readonly resources: readonly ResourceTerms[]
  /** What it is told, unasked, of people who have signed in to it; absent: nothing. */
  readonly events?: readonly EventName[]
}

/** What an agency may be told of a person's entry and means (oidc/security-events.ts). */
export const EVENT_NAMES = [
  /** May not sign in: suspended, or locked by an operator. */
  'disabled',
  /** May again. */
  'enabled',
  'deceased',
  'emigrated',
  'name-changed',
  /** A national code was added, or is in force no more. */
  'code-changed',
  /** They can't sign in with one of their means any more. */
  'means-revoked',
] as const
export type EventName = (typeof EVENT_NAMES)[number]

export interface Agreement extends AgreementValues {
  readonly client: ClientId
  readonly version: number
  /** The version that first stated the present purpose: consents given under an older one were for something else. */
  readonly purposeSince: number
}

// Asked several times in every request, of agreements that stay for days.
const bounds = new WeakMap<AgreementValues, { readonly from: number; readonly to: number }>()

export function isInForce(agreement: AgreementValues, now: number): boolean {
  let bound = bounds.get(agreement)
  if (!bound) {
    bound = { from: Date.parse(agreement.validFrom), to: Date.parse(agreement.validTo) }
    bounds.set(agreement, bound)
  }
  return bound.from <= now && now < bound.to
}

/** The ids of the login methods there are; handed in, because disclosure stands before the methods. */
export interface Offered {
  readonly methods: readonly string[]
}

const KNOWN = [
  'purpose',
  'officer',
  'valid_from',
  'valid_to',
  'claims',
  'assurance',
  'methods',
  'e_residents',
  'refresh',
  'refresh_after_idle',
  'ask_to_continue',
  'resources',
  'events',
]

/** Reads one agreement; `undefined` when it has mistakes, which are noted with the place. */
export function readAgreement(place: Place, offered: Offered): AgreementValues | undefined {
  const before = place.mistakes.length
  if (!members(place, KNOWN)) return undefined
  const purpose = words(at(place, 'purpose'))
  const officer = text(at(place, 'officer'), 200)
  const validFrom = instant(at(place, 'valid_from'), 'start')
  const validTo = instant(at(place, 'valid_to'), 'end')
  if (validFrom !== undefined && validTo !== undefined && validTo <= validFrom)
    note(at(place, 'valid_to'), 'must be after valid_from')
  const claims = readClaims(at(place, 'claims'))
  const assurance = readAssurance(at(place, 'assurance'))
  const methods = readMethods(at(place, 'methods'), offered)
  const eResidents = flag(at(place, 'e_residents')) === false && { eResidents: false as const }
  const refresh = flag(at(place, 'refresh')) ?? false
  const refreshAfterIdle = flag(at(place, 'refresh_after_idle')) === true && { refreshAfterIdle: true as const }
  if (refreshAfterIdle && !refresh) note(at(place, 'refresh_after_idle'), 'needs "refresh": true')
  const askToContinue = flag(at(place, 'ask_to_continue')) === true && { askToContinue: true as const }
  const resources = readResources(at(place, 'resources'))
  const events = readEvents(at(place, 'events'))
  if (place.mistakes.length > before || !purpose || !officer || !validFrom || !validTo) return undefined
  const session = { ...eResidents, refresh, ...refreshAfterIdle, ...askToContinue }
  const terms = { ...(methods && { methods }), ...session, resources, ...(events && { events }) }
  return { purpose, officer, validFrom, validTo, claims, assurance, ...terms }
}

/**
 * A day (`2026-01-31`, UTC; as an end it counts whole) or an instant with its offset (`2026-01-31T12:00:00+07:00`).
 * @returns an ISO 8601 instant in UTC, exclusive for an end.
 */
function instant(place: Place, edge: 'start' | 'end'): string | undefined {
  const written = text(place, 40)
  if (written === undefined) return undefined
  const day = /^\d{4}-\d{2}-\d{2}$/.test(written)
  const exact = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/.test(written)
  const parsed = day || exact ? Date.parse(written) : Number.NaN
  // Date.parse lets 2026-02-30 roll over into March: a day must come back as it was written.
  if (Number.isNaN(parsed) || (day && !new Date(parsed).toISOString().startsWith(written)))
    return note(place, 'must be a day such as "2026-01-31" or an instant such as "2026-01-31T12:00:00+07:00"')
  return new Date(parsed + (day && edge === 'end' ? 86_400_000 : 0)).toISOString()
}

function readClaims(place: Place): ClaimTerms[] {
  const terms = items(place, { least: 1, most: 30 })
  const everyName: Place[] = []
  const read = terms.flatMap((each): ClaimTerms[] => {
    if (!members(each, ['names', 'ground', 'reference'])) return []
    const named = items(at(each, 'names'), { least: 1, most: 30 })
    everyName.push(...named)
    const names = named.flatMap((name) => oneOf(name, CLAIM_NAMES) ?? [])
    const ground = oneOf(at(each, 'ground'), GROUNDS)
    if (ground === undefined) return []
    const reference = at(each, 'reference')
    if (ground === 'consent') {
      if (reference.value !== undefined)
        note(reference, 'goes with "law" and "public-task": consent needs no provision')
      return [{ names, ground }]
    }
    const provision = words(reference)
    return provision === undefined ? [] : [{ names, ground, reference: provision }]
  })
  // One claim, one ground: two would leave open whether the citizen is asked.
  unique(everyName)
  return read
}

function readAssurance(place: Place): AgreementValues['assurance'] {
  const any = { lowest: 'low', highest: 'high' } as const
  if (place.value === undefined || !members(place, ['lowest', 'highest'])) return any
  const read = (key: keyof typeof any) => {
    const one = at(place, key)
    return (one.value === undefined ? undefined : oneOf(one, LEVELS)) ?? any[key]
  }
  const [lowest, highest] = [read('lowest'), read('highest')]
  if (!atLeast(highest, lowest)) note(at(place, 'highest'), `must not be below "lowest" (${lowest})`)
  return { lowest, highest }
}

function readMethods(place: Place, offered: Offered): string[] | undefined {
  if (place.value === undefined) return undefined
  const named = items(place, { least: 1, most: 20 })
  unique(named)
  return named.flatMap((each) => oneOf(each, offered.methods) ?? [])
}

function readEvents(place: Place): EventName[] | undefined {
  if (place.value === undefined) return undefined
  const named = items(place, { least: 1, most: EVENT_NAMES.length })
  unique(named)
  return named.flatMap((each) => oneOf(each, EVENT_NAMES) ?? [])
}

function readResources(place: Place): ResourceTerms[] {
  const all = items(place, { most: 20 })
  unique(all.map((each) => at(each, 'resource')).filter((each) => each.value !== undefined))
  return all.flatMap((each) => {
    if (!members(each, ['resource', 'token', 'scopes'])) return []
    const resource = resourceUri(at(each, 'resource'))
    const kind = at(each, 'token')
    const token = kind.value === undefined ? 'opaque' : oneOf(kind, ['opaque', 'jwt'] as const)
    const scopes = items(at(each, 'scopes'), { most: 30 }).flatMap((scope) => scopeToken(scope) ?? [])
    return resource === undefined || token === undefined ? [] : [{ resource, token, scopes }]
  })
}

/** RFC 6749 §3.3; the scopes of the claims and of OpenID Connect itself mean something else. */
function scopeToken(place: Place): string | undefined {
  const written = text(place, 100)
  if (written === undefined) return undefined
  if (!/^[\x21\x23-\x5B\x5D-\x7E]+$/.test(written)) return note(place, 'must be a scope token (RFC 6749 §3.3)')
  if (RESERVED.has(written)) return note(place, 'is a scope of the service itself')
  return written
}

const RESERVED = new Set(['openid', 'offline_access', ...Object.keys(SCOPES)])
