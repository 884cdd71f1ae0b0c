import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { at, flag, items, members, note, oneOf, type Place, text, whole } from '../../clients/mistakes.ts'
import { readJson } from '../../formats/json-text.ts'
import { type Assurance, LEVELS } from '../../identity/assurance.ts'
import { SCHEME_IDS } from '../../identity/person-id.ts'
import { CLIENT_AUTHS, UPSTREAM_IDS, type Upstream, type UpstreamId } from './upstream.ts'

// The file of PRATU_UPSTREAMS: JSON, a member for each service by the method's id. Every mistake is reported at once.

export class UpstreamMistakes extends Error {
  readonly mistakes: readonly string[]
  constructor(file: string, mistakes: readonly string[]) {
    super([`The outside services in ${file} are not usable:`, ...mistakes.map((line) => `  ${line}`)].join('\n'))
    this.mistakes = mistakes
  }
}

const KNOWN = [
  ...['issuer', 'client_id', 'client_secret', 'client_secret_file', 'client_auth', 'scope', 'parameters'],
  ...[
    'person_claim',
    'scheme',
    'level_claim',
    'levels',
    'given_name_claim',
    'family_name_claim',
    'amr',
    'nonce',
    'fresh',
  ],
]

/** What a person is known to do at a service that says no more: answer on a second device. */
const USUAL_AMR = ['mca']

/** @throws UpstreamMistakes naming all of them; never a secret. */
export function readUpstreams(file: string, production: boolean): readonly Upstream[] {
  const read = readJson(contents(file, (problem) => new UpstreamMistakes(file, [problem])))
  if (!read.ok) {
    const { line, column, problem } = read.trouble
    throw new UpstreamMistakes(file, [`line ${line}, column ${column}: ${problem}`])
  }
  const place = whole(read.value)
  members(place, UPSTREAM_IDS)
  const found = UPSTREAM_IDS.map((id) => at(place, id)).flatMap((each, index) =>
    each.value === undefined ? [] : (readOne(UPSTREAM_IDS[index]!, each, dirname(file), production) ?? []),
  )
  if (place.mistakes.length > 0)
    throw new UpstreamMistakes(
      file,
      place.mistakes.map(({ path, problem }) => `${path || 'the document'} ${problem}`),
    )
  return found
}

function readOne(id: UpstreamId, place: Place, folder: string, production: boolean): Upstream | undefined {
  if (!members(place, KNOWN)) return undefined
  const optional = (name: string): string | undefined =>
    at(place, name).value === undefined ? undefined : text(at(place, name), 200)
  const issuer = readIssuer(at(place, 'issuer'), production)
  const clientId = text(at(place, 'client_id'))
  const clientSecret = readSecret(place, folder)
  const auth =
    at(place, 'client_auth').value === undefined ? CLIENT_AUTHS[0] : oneOf(at(place, 'client_auth'), CLIENT_AUTHS)
  const scope = readScope(at(place, 'scope'))
  const claim = text(at(place, 'person_claim'), 200)
  const scheme = oneOf(at(place, 'scheme'), SCHEME_IDS)
  const levelClaim = text(at(place, 'level_claim'), 200)
  const levels = readLevels(at(place, 'levels'))
  const parameters = readParameters(at(place, 'parameters'))
  const [given, family] = [optional('given_name_claim') ?? 'given_name', optional('family_name_claim') ?? 'family_name']
  const amr = items(at(place, 'amr'), { most: 5 }).flatMap((each) => text(each, 20) ?? [])
  const nonce =
    at(place, 'nonce').value === undefined ? 'always' : oneOf(at(place, 'nonce'), ['always', 'if-returned'] as const)
  const fresh = flag(at(place, 'fresh')) ?? true
  if (!issuer || !clientId || !clientSecret || !auth || !scope || !claim || !scheme || !levelClaim || !levels || !nonce)
    return undefined
  return {
    id,
    issuer,
    clientId,
    clientSecret,
    auth,
    scope,
    parameters,
    person: { claim, scheme },
    level: { claim: levelClaim, levels },
    names: { given, family },
    amr: amr.length > 0 ? amr : USUAL_AMR,
    nonce,
    fresh,
  }
}

function readIssuer(place: Place, production: boolean): string | undefined {
  const written = text(place)
  if (written === undefined) return undefined
  const url = URL.parse(written)
  if (url === null || url.search !== '' || url.hash !== '' || url.username !== '')
    return note(place, 'must be an address without query, such as "https://imauth.bora.dopa.go.th"')
  if (url.protocol !== 'https:' && (production || url.protocol !== 'http:' || url.hostname !== 'localhost'))
    return note(place, 'must begin with https:// (http:// only for localhost, in a demonstration)')
  return written
}

function readSecret(place: Place, folder: string): string | undefined {
  const [direct, path] = [at(place, 'client_secret'), at(place, 'client_secret_file')]
  if ((direct.value === undefined) === (path.value === undefined))
    return note(place, 'must have one of client_secret and client_secret_file')
  if (direct.value !== undefined) return text(direct, 1_000)
  const named = text(path, 1_000)
  const secret =
    named &&
    contents(resolve(folder, named), (problem) => {
      note(path, problem)
      return undefined
    }).trim()
  return secret || undefined
}

function readScope(place: Place): string | undefined {
  const scope = text(place, 500)
  if (scope === undefined) return undefined
  // Without it a service answers with plain members that nobody has signed (ThaID), or with a token for anybody's use.
  return scope.split(' ').includes('openid')
    ? scope
    : note(place, 'must have openid in it: nothing is believed unsigned')
}

function readLevels(place: Place): Record<string, Assurance> | undefined {
  if (typeof place.value !== 'object' || place.value === null || Array.isArray(place.value))
    return note(place, 'must be an object such as { "2.3": "substantial" }')
  const named = Object.keys(place.value)
  if (named.length === 0) return note(place, 'is empty: nobody could sign in')
  const read = named.map((value) => [value, oneOf(at(place, value), LEVELS)] as const)
  return read.every(([, level]) => level !== undefined)
    ? (Object.fromEntries(read) as Record<string, Assurance>)
    : undefined
}

/** Those that we send ourselves. */
const OURS = [
  ...['response_type', 'client_id', 'redirect_uri', 'scope', 'state', 'nonce', 'code_challenge'],
  ...['code_challenge_method', 'ui_locales', 'prompt', 'response_mode', 'request', 'request_uri'],
]

function readParameters(place: Place): Record<string, string> {
  if (place.value === undefined) return {}
  if (typeof place.value !== 'object' || place.value === null || Array.isArray(place.value)) {
    note(place, 'must be an object of texts')
    return {}
  }
  const read = Object.keys(place.value).map((name) => [name, text(at(place, name), 500)] as const)
  for (const [name] of read) if (OURS.includes(name)) note(at(place, name), 'is sent by the service itself')
  return Object.fromEntries(read.filter(([, value]) => value !== undefined)) as Record<string, string>
}

function contents(file: string, failed: (problem: string) => Error | undefined): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const refusal = failed(`${file} cannot be read (${(error as NodeJS.ErrnoException).code})`)
    if (refusal) throw refusal
    return ''
  }
}
