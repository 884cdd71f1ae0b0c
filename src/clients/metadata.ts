import { isAssurance, LEVELS } from '../identity/assurance.ts'
import type { Json } from '../identity/json.ts'
import { LANGUAGES, type Words } from '../identity/language.ts'
import { ALGORITHMS } from '../signing/vault.ts'
import { checkKeySet } from './key-set.ts'
import { at, flag, identifier, items, members, note, oneOf, type Place, text, unique } from './mistakes.ts'
import { checkSecret } from './secret.ts'
import { origin, resourceUri, webAddress } from './web-address.ts'

// What a relying party may register: the standard client metadata (RFC 7591 §2, OIDC Registration §2, OIDC RP-Initiated
// Logout §3.1, Back-Channel Logout §2.2, RFC 9126 §6) narrowed to what this service does, and four names of our own: `web_origins` (CORS), `guards`
// (the APIs whose tokens it may introspect) and `pkce_optional`. Pure; says every mistake at once.

/** What the profile forbids. */
export interface Bounds {
  /** Plain http to localhost, 127.0.0.1 and [::1]: an agency developer's laptop, and the demo world. */
  readonly loopback: boolean
  /** The OpenID Foundation's Basic tests send no PKCE; nobody else may leave it out. */
  readonly pkceOptional: boolean
}

export type Metadata = Readonly<Record<string, Json>>

export interface Registration {
  readonly id: string
  readonly name: Words
  /** Standard names; never a secret. */
  readonly metadata: Metadata
  /** As it stood in the file; the store keeps its hash. */
  readonly secret?: string
}

/** Asymmetric only: a shared secret that signs is a password that both sides can forge with. */
export const ASSERTION_ALGORITHMS = ['ES256', 'PS256', 'EdDSA'] as const
/** The first is used where nothing else is asked for. */
export const ID_TOKEN_ALGORITHMS = ALGORITHMS
export const AUTH_METHODS = ['private_key_jwt', 'client_secret_basic'] as const
export const GRANT_TYPES = ['authorization_code', 'refresh_token'] as const

/** How the ids of relying parties begin that are parts of the service. */
const OUR_OWN = 'pratu-'

/** Members of a relying party that other chapters read: they are let pass here. */
const ELSEWHERE = ['agreement']

const ADDRESSES = [
  'client_uri',
  'policy_uri',
  'tos_uri',
  'initiate_login_uri',
  'backchannel_logout_uri',
  'security_event_uri',
] as const

const FLAGS = [
  'require_pushed_authorization_requests',
  'require_auth_time',
  'backchannel_logout_session_required',
  'pkce_optional',
] as const

const KNOWN = [
  'client_id',
  ...LANGUAGES.map((language) => `client_name#${language}`),
  'redirect_uris',
  'post_logout_redirect_uris',
  'backchannel_logout_session_required',
  'response_types',
  'grant_types',
  'application_type',
  'subject_type',
  'token_endpoint_auth_method',
  'token_endpoint_auth_signing_alg',
  'id_token_signed_response_alg',
  'client_secret',
  'jwks',
  'jwks_uri',
  'default_acr_values',
  'default_max_age',
  'require_auth_time',
  'require_pushed_authorization_requests',
  'contacts',
  'web_origins',
  'guards',
  'pkce_optional',
  ...ADDRESSES,
  ...ELSEWHERE,
]

const HINTS: Readonly<Record<string, string>> = {
  client_name: 'is given per language: "client_name#th", "client_name#en", "client_name#et"',
  scope: 'is not registered: the claims of the agreement say what may be asked for',
  sector: 'belongs to the agency, not to its relying parties',
  sector_identifier_uri: 'is not used: the sector is a field of the agency',
  request_uris: 'is not used: requests are pushed (RFC 9126)',
  client_secret_expires_at: 'is not used: a secret is replaced by importing a new one',
}

/** The APIs that a client guards, by identifier. */
export const guardsOf = (metadata: Metadata): readonly string[] =>
  Array.isArray(metadata.guards) ? (metadata.guards as string[]) : []

/** Reads one relying party; `undefined` when it has mistakes, which are noted with the place. */
export function readRegistration(place: Place, bounds: Bounds): Registration | undefined {
  const before = place.mistakes.length
  if (!members(place, KNOWN, HINTS)) return undefined
  const id = identifier(at(place, 'client_id'))
  if (id?.startsWith(OUR_OWN))
    note(at(place, 'client_id'), `must not begin with "${OUR_OWN}": those are the service's own`)
  const name = readName(place)
  const metadata: Record<string, Json> = {
    ...readAddresses(place, bounds),
    ...readFixed(place),
    ...readAuthentication(place, bounds),
    ...readSignIn(place, bounds),
  }
  const secret = readSecret(place, metadata.token_endpoint_auth_method)
  if (place.mistakes.length > before || id === undefined || name === undefined) return undefined
  return { id, name, metadata: { ...metadata, client_name: name.en }, ...(secret === undefined ? {} : { secret }) }
}

function readName(place: Place): Words | undefined {
  const read = LANGUAGES.map((language) => [language, text(at(place, `client_name#${language}`), 100)] as const)
  return read.every(([, value]) => value !== undefined) ? (Object.fromEntries(read) as unknown as Words) : undefined
}

function readAddresses(place: Place, bounds: Bounds): Record<string, Json> {
  const found: Record<string, Json> = {}
  const lists = [
    ['redirect_uris', 1],
    ['post_logout_redirect_uris', 0],
  ] as const
  for (const [key, least] of lists) {
    const places = items(at(place, key), { least, most: 20 })
    unique(places)
    found[key] = places.flatMap((each) => webAddress(each, bounds) ?? [])
  }
  for (const key of ADDRESSES) {
    const one = at(place, key)
    const address = one.value === undefined ? undefined : webAddress(one, bounds)
    if (address !== undefined) found[key] = address
  }
  const origins = items(at(place, 'web_origins'), { most: 20 })
  unique(origins)
  if (origins.length > 0) found.web_origins = origins.flatMap((each) => origin(each, bounds) ?? [])
  const guards = items(at(place, 'guards'), { most: 20 })
  unique(guards)
  if (guards.length > 0) found.guards = guards.flatMap((each) => resourceUri(each) ?? [])
  return found
}

/** What has one possible value may be said or left out. */
function readFixed(place: Place): Record<string, Json> {
  const fixed = [
    ['application_type', 'web'],
    ['subject_type', 'pairwise'],
  ] as const
  for (const [key, only] of fixed) if (at(place, key).value !== undefined) oneOf(at(place, key), [only])
  for (const each of items(at(place, 'response_types'), { most: 1 })) oneOf(each, ['code'])
  const grants = items(at(place, 'grant_types'), { most: GRANT_TYPES.length })
  unique(grants)
  const named = grants.flatMap((each) => oneOf(each, GRANT_TYPES) ?? [])
  if (grants.length > 0 && !grants.some((each) => each.value === 'authorization_code'))
    note(at(place, 'grant_types'), 'must hold "authorization_code"')
  return {
    application_type: 'web',
    subject_type: 'pairwise',
    response_types: ['code'],
    grant_types: named.length > 0 ? named : ['authorization_code'],
  }
}

function readAuthentication(place: Place, bounds: Bounds): Record<string, Json> {
  const method = oneOf(at(place, 'token_endpoint_auth_method'), AUTH_METHODS)
  const [jwks, jwksUri, alg] = ['jwks', 'jwks_uri', 'token_endpoint_auth_signing_alg'].map((key) => at(place, key)) as [
    Place,
    Place,
    Place,
  ]
  const found: Record<string, Json> = method === undefined ? {} : { token_endpoint_auth_method: method }
  if (method === 'client_secret_basic') {
    for (const each of [jwks, jwksUri, alg])
      if (each.value !== undefined) note(each, 'goes with private_key_jwt, not with client_secret_basic')
    return found
  }
  if (method === 'private_key_jwt' && (jwks.value === undefined) === (jwksUri.value === undefined))
    note(place, 'needs exactly one of "jwks" and "jwks_uri" for private_key_jwt')
  if (jwks.value !== undefined && checkKeySet(jwks)) found.jwks = jwks.value
  const address = jwksUri.value === undefined ? undefined : webAddress(jwksUri, bounds)
  if (address !== undefined) found.jwks_uri = address
  const named = alg.value === undefined ? undefined : oneOf(alg, ASSERTION_ALGORITHMS)
  if (named !== undefined) found.token_endpoint_auth_signing_alg = named
  return found
}

function readSecret(place: Place, method: Json | undefined): string | undefined {
  const secret = at(place, 'client_secret')
  if (secret.value === undefined) return undefined
  if (method === 'private_key_jwt') return note(secret, 'goes with client_secret_basic, not with private_key_jwt')
  return checkSecret(secret)
}

function readSignIn(place: Place, bounds: Bounds): Record<string, Json> {
  const found: Record<string, Json> = {}
  const alg = at(place, 'id_token_signed_response_alg')
  found.id_token_signed_response_alg =
    (alg.value === undefined ? undefined : oneOf(alg, ID_TOKEN_ALGORITHMS)) ?? ID_TOKEN_ALGORITHMS[0]
  for (const key of FLAGS) {
    const value = flag(at(place, key))
    if (value !== undefined) found[key] = value
  }
  if (found.pkce_optional === true && !bounds.pkceOptional)
    note(at(place, 'pkce_optional'), 'is for conformance tests only and is refused here')
  const levels = items(at(place, 'default_acr_values'), { most: LEVELS.length })
  for (const each of levels) if (!isAssurance(each.value)) oneOf(each, LEVELS)
  if (levels.length > 0) found.default_acr_values = levels.map((each) => each.value as string)
  const age = at(place, 'default_max_age')
  if (age.value !== undefined) {
    if (Number.isSafeInteger(age.value) && (age.value as number) >= 0) found.default_max_age = age.value
    else note(age, 'must be a whole number of seconds, 0 or more')
  }
  const contacts = items(at(place, 'contacts'), { most: 10 })
  for (const each of contacts) {
    const written = text(each, 200)
    if (written !== undefined && !/^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(written))
      note(each, 'must be an e-mail address')
  }
  if (contacts.length > 0) found.contacts = contacts.map((each) => each.value as string)
  return found
}
