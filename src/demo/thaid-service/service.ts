import { createHash } from 'node:crypto'
import { basicAuth, THAID } from '../../methods/upstream/wire.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Random } from '../../platform/random.ts'
import type { Owner, Phones } from '../phones/phones.ts'
import type { Oddity } from './odd.ts'
import { claimsOf, idToken, newSigner } from './tokens.ts'

// ThaID's OpenID Connect service as its manual and the known clients tell of it: the question, the reference code that
// the app shows beside the page's, a code of thirty seconds that is good once, tokens in their two shapes. Knows people
// by their telephones; whoever scans the picture is asked there.

export interface Session {
  readonly id: string
  /** Shown on the page and in the app: the person compares. */
  readonly reference: string
  /** The client's page goes there; undefined while the app is waited for. */
  outcome?: string
  scanned?: boolean
}

export interface Thaid {
  discovery(): object
  keys(): object
  /** @returns the session to wait for, or the address to go back to, or nothing where there is none to go back to. */
  begin(query: Readonly<Record<string, string>>): Session | { readonly back: string } | undefined
  find(id: string): Session | undefined
  /** Somebody has pointed their telephone at the picture. False: it isn't theirs, or the session is over. */
  scan(id: string, phone: string): boolean
  people(): readonly Owner[]
  /** What is posted to the token address. Undefined: nothing is ever answered. */
  token(form: Readonly<Record<string, string>>, authorization: string): Answer | undefined
  /** The next answers are odd in this way; undefined: no more. */
  order(odd: Oddity | undefined): void
  ordered(): Oddity | undefined
  /** How often tokens were asked for. */
  asked(): number
}

export interface Answer {
  readonly status: number
  readonly body: unknown
  readonly location?: string
}

export interface Needs {
  /** `http://localhost:3003/thaid` */
  readonly issuer: string
  readonly client: { readonly id: string; readonly secret: string; readonly redirect: string }
  readonly phones: Phones
  readonly clock: Clock
  readonly random: Random
}

interface Asked extends Session {
  readonly query: Readonly<Record<string, string>>
}

interface Granted {
  readonly query: Asked['query']
  readonly owner: Owner
  /** Epoch milliseconds. */
  readonly at: number
}

const SWITCH = 'thaid'
const LEVELS = ['2.3', '3', '1.1'] as const
const MOST = 1_000
const SCOPES = ['openid', 'pid', 'given_name', 'family_name', 'name', 'ial']

export function openThaid({ issuer, client, phones, clock, random }: Needs): Thaid {
  const signer = newSigner('thaid-1')
  const sessions = new Map<string, Asked>()
  const codes = new Map<string, Granted>()
  const levels = new Map<string, string>()
  let odd: Oddity | undefined
  let asked = 0

  phones.hang({
    id: SWITCH,
    label: { th: 'ระดับใน ThaID', en: 'Level in ThaID', et: 'Tase ThaID-s' },
    options: LEVELS.map((id) => ({ id, label: { th: `IAL ${id}`, en: `IAL ${id}`, et: `IAL ${id}` } })),
    get: (phone) => levels.get(phone) ?? LEVELS[0],
    set: (phone, option) => void levels.set(phone, option),
  })

  function back(query: Asked['query'], answer: Record<string, string>): string {
    const to = new URL(client.redirect)
    for (const [name, value] of Object.entries(answer)) to.searchParams.set(name, value)
    if (query.state !== undefined) to.searchParams.set('state', query.state)
    if (odd === 'says-who') to.searchParams.set('iss', issuer)
    if (odd === 'says-another') to.searchParams.set('iss', 'https://another.example')
    return to.href
  }

  function grant(session: Asked, owner: Owner): void {
    const code = random.token(192)
    codes.set(code, { query: session.query, owner, at: clock.now() })
    session.outcome = back(session.query, odd === 'broken' ? { error: 'server_error' } : { code })
  }

  function tokensFor({ query, owner, at }: Granted): Answer {
    const now = Math.floor(clock.now() / 1000)
    const scopes = (query.scope ?? '').split(' ')
    const accessToken = random.token(256)
    const ial = levels.get(owner.phone) ?? LEVELS[0]
    const about = {
      issuer: issuer,
      client,
      owner,
      ial,
      scopes,
      nonce: query.nonce,
      accessToken,
      now,
      proved: Math.floor(at / 1000),
    }
    const ends =
      odd === 'lives-as-a-duration'
        ? THAID.tokenLives
        : now + THAID.tokenLives - (odd === 'ended-long-ago' ? 86_400 : 0)
    const signed = scopes.includes('openid') && odd !== 'no-id-token'
    return {
      status: 200,
      body: {
        access_token: accessToken,
        refresh_token: random.token(256),
        token_type: 'Bearer',
        // An instant, not a duration.
        expires_in: ends,
        scope: query.scope,
        ...(signed ? { id_token: idToken(about, signer, odd) } : claimsOf(about, odd)),
      },
    }
  }

  const error = (word: string, status = 400): Answer => ({ status, body: { error: word } })

  return {
    discovery: () => ({
      issuer: odd === 'discovery-of-another' ? 'https://another.example' : issuer,
      authorization_endpoint: `${issuer}${THAID.authorization}`,
      token_endpoint: `${issuer}${THAID.token}`,
      introspection_endpoint: `${issuer}${THAID.introspection}`,
      revocation_endpoint: `${issuer}${THAID.revocation}`,
      jwks_uri: `${issuer}${THAID.keys}`,
      response_types_supported: ['code'],
      grant_types_supported: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
      id_token_signing_alg_values_supported: ['ES256'],
      subject_types_supported: ['public'],
      scopes_supported: SCOPES,
    }),
    keys: () => ({ keys: odd === 'keys-are-gone' ? [] : [signer.jwk] }),
    begin(query) {
      // To the letter, and nowhere else is anybody sent.
      if (query.client_id !== client.id || query.redirect_uri !== client.redirect) return undefined
      if (query.response_type !== 'code') return { back: back(query, { error: 'unsupported_response_type' }) }
      if ((query.scope ?? '').split(' ').some((scope) => !SCOPES.includes(scope)))
        return { back: back(query, { error: 'invalid_scope' }) }
      const session: Asked = { id: random.token(128), reference: random.digits(6), query }
      sessions.set(session.id, session)
      for (const old of [...sessions.keys()].slice(0, Math.max(0, sessions.size - MOST))) sessions.delete(old)
      return session
    },
    find: (id) => sessions.get(id),
    scan(id, phone) {
      const session = sessions.get(id)
      const owner = phones.find(phone)
      if (!session || session.outcome !== undefined || session.scanned || owner?.scheme !== 'TH') return false
      session.scanned = true
      phones.ring(owner.phone, {
        by: { th: 'แอป ThaID', en: 'ThaID app', et: 'ThaID rakendus' },
        text: 'Pratu',
        code: session.reference,
        answer(how) {
          if (how === 'confirm') grant(session, owner)
          else session.outcome = back(session.query, { error: THAID.refused })
        },
      })
      return true
    },
    people: () => phones.all().filter(({ scheme }) => scheme === 'TH'),
    token(form, authorization) {
      asked++
      if (odd === 'hang') return undefined
      if (odd === 'status-500') return { status: 500, body: 'Internal Server Error' }
      if (odd === 'status-429') return error('slow_down', 429)
      if (odd === 'redirected') return { status: 302, body: '', location: `${issuer}/elsewhere` }
      if (odd === 'garbage') return { status: 200, body: '<html>maintenance</html>' }
      if (odd === 'huge') return { status: 200, body: 'x'.repeat(300_000) }
      const post = form.client_id === client.id && form.client_secret === client.secret
      if (odd === 'not-our-client' || !(authorization === basicAuth(client.id, client.secret) || post))
        return error('invalid_client', 401)
      const granted = codes.get(form.code ?? '')
      codes.delete(form.code ?? '')
      if (form.grant_type !== 'authorization_code') return error('unsupported_grant_type')
      if (!granted || clock.now() > granted.at + THAID.codeLives * 1000) return error('invalid_grant')
      if (form.redirect_uri !== granted.query.redirect_uri) return error('invalid_grant')
      // Advertised nowhere; held to where it was used.
      const { code_challenge: challenge } = granted.query
      const shown = createHash('sha256')
        .update(form.code_verifier ?? '')
        .digest('base64url')
      if (challenge !== undefined && challenge !== shown) return error('invalid_grant')
      return tokensFor(granted)
    },
    order(wish) {
      odd = wish
    },
    ordered: () => odd,
    asked: () => asked,
  }
}
