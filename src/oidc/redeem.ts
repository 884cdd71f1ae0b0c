import { createSecretKey, hash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Entry } from '../audit/entry.ts'
import type { Client } from '../clients/relying-party.ts'
import { secretMatches } from '../clients/secret.ts'
import type { RequestId } from '../identity/identifiers.ts'
import type { Json } from '../identity/json.ts'
import { hasMetSlowness } from '../platform/patience.ts'
import { words } from './account.ts'
import { pairwise, signedFor } from './client-metadata.ts'
import { scopesOf } from './configuration.ts'
import type { Evidence } from './evidence.ts'
import { mayRefresh } from './grants.ts'
import * as lifetimes from './lifetimes.ts'
import type { MadeHere } from './made-here.ts'
import type { Needs } from './needs.ts'
import { isPlainForm } from './posted.ts'
import { issuedEntry } from './record.ts'
import { type Ground, type Issued, openStands } from './stands.ts'

// A code for tokens (RFC 6749 §4.1.3, OIDC Core §3.1.3) as nearly every agency asks for it: its secret in the header, PKCE,
// no refresh token, nothing more. Answered here, as UserInfo is; what is unusual or would be refused, the loser of two that
// bring the same code included, is left to the library, which looks at it anew.

/** As the library stores it. */
interface Code extends Issued {
  readonly acr?: string
  readonly authTime?: number
  readonly nonce?: string
  readonly sid?: string
  readonly codeChallenge?: string
  readonly codeChallengeMethod?: string
  readonly redirectUri?: string
}

/** Of a code that says anything else (claims asked for one by one, a resource) the library knows more. */
const KNOWN: ReadonlySet<string> = new Set([
  ...[
    'kind',
    'jti',
    'iat',
    'exp',
    'clientId',
    'accountId',
    'grantId',
    'sessionUid',
    'expiresWithSession',
    'scope',
    'sid',
  ],
  ...['acr', 'amr', 'authTime', 'nonce', 'codeChallenge', 'codeChallengeMethod', 'redirectUri'],
])

/** Other ways to prove an agency or a token, and pages of other sites that ask. */
const UNUSUAL = ['origin', 'dpop', 'oauth-client-attestation', 'oauth-client-attestation-pop', 'content-encoding']

const FORM_TYPE = /^application\/x-www-form-urlencoded(?:; ?charset=utf-8)?$/i
const LONGEST = 4_096

type Parts = Pick<
  Needs,
  | 'artifacts'
  | 'audit'
  | 'clients'
  | 'clock'
  | 'db'
  | 'disclosure'
  | 'issuer'
  | 'pairwiseSalt'
  | 'people'
  | 'random'
  | 'ring'
  | 'session'
  | 'terms'
> & { readonly evidence: Pick<Evidence, 'redeemed'>; readonly madeHere: MadeHere }

export interface Redeem {
  /** Whether it may be a usual one, before its body is read. */
  mayBe(headers: IncomingHttpHeaders): boolean
  /** @returns the answer's members; undefined where the library must answer. */
  answer(headers: IncomingHttpHeaders, body: string, request: RequestId | undefined): Promise<Json | undefined>
}

export function openRedeem(needs: Parts): Redeem {
  const { artifacts, clients, clock, evidence, issuer, madeHere, random, ring } = needs
  const salt = createSecretKey(needs.pairwiseSalt)
  const stands = openStands(needs)
  const scopes = new Set(scopesOf(needs.disclosure))

  /** RFC 6749 §2.3.1, of letters that need no escape. */
  function clientIn({ authorization = '' }: IncomingHttpHeaders): Client | undefined {
    const coded = /^Basic ((?:[A-Za-z\d+/]{4})+(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?)$/.exec(authorization)?.[1]
    if (coded === undefined) return undefined
    const [, id = '', secret = ''] =
      /^([\w.~-]+):([\w.~-]+)$/.exec(Buffer.from(coded, 'base64').toString('latin1')) ?? []
    const client = clients.find(id)
    if (!client || client.disabled || client.secretHash === undefined) return undefined
    const { token_endpoint_auth_method: how, grant_types: grants } = client.metadata
    if (how !== 'client_secret_basic' || !Array.isArray(grants) || !grants.includes('authorization_code'))
      return undefined
    return secretMatches(secret, client.secretHash) && !mayRefresh(needs, id) ? client : undefined
  }

  async function usual(client: Client, form: Form, now: number) {
    const reading = artifacts.get('code', form.code)
    const ahead = madeHere.ahead(form.code)
    const found = await reading
    const code = found?.value as Code | undefined
    if (!code || found?.consumed !== undefined || !Object.keys(code).every((name) => KNOWN.has(name))) return undefined
    const asked = words(code.scope)
    if (code.kind !== 'AuthorizationCode' || code.clientId !== client.id || !asked.includes('openid')) return undefined
    if (code.redirectUri !== form.redirect_uri || !proves(form.code_verifier, code)) return undefined
    const ground = await stands(code, now, ahead)
    return ground && { code, ground, scope: asked.filter((name) => scopes.has(name)).join(' ') }
  }

  /** Who has changed since they were read lately is looked at anew, here: the library would take the code for used. */
  async function record(entry: Entry, ground: Ground, code: Code, now: number): Promise<boolean> {
    if (await ground.record(entry)) return true
    return (await (await stands(code, now, 'anew'))?.record(entry)) ?? false
  }

  /** OIDC Core §2, with the members that the library puts into it. */
  async function idToken(client: Client, code: Code, person: string, now: number): Promise<string | undefined> {
    const whom = signedFor(client)
    await ring.check(whom)
    const key = ring.keyFor(whom)
    if (!key?.sign) return undefined
    const { acr, amr, authTime: auth_time, nonce, sid } = code
    const sub = pairwise(salt, client.sector, person)
    const claims = {
      sub,
      acr,
      amr,
      auth_time,
      nonce,
      sid,
      aud: client.id,
      exp: now + lifetimes.ID_TOKEN,
      iat: now,
      iss: issuer,
    }
    const signed = `${encoded({ alg: key.alg, kid: key.kid })}.${encoded(claims)}`
    const signature = await key.sign(Buffer.from(signed)).catch(() => undefined)
    return signature && `${signed}.${Buffer.from(signature).toString('base64url')}`
  }

  return {
    mayBe: (headers) =>
      headers.authorization?.startsWith('Basic ') === true &&
      FORM_TYPE.test(headers['content-type'] ?? '') &&
      Number(headers['content-length'] ?? Number.POSITIVE_INFINITY) <= LONGEST &&
      UNUSUAL.every((name) => headers[name] === undefined),
    async answer(headers, body, request) {
      const form = formIn(body)
      const client = form && clientIn(headers)
      if (!client || (form.client_id !== undefined && form.client_id !== client.id)) return undefined
      const now = Math.floor(clock.now() / 1000)
      const found = await usual(client, form, now)
      if (!found || hasMetSlowness(2)) return undefined
      const { code, ground, scope } = found
      const person = ground.known.key
      // Before the code is used: what can't be signed leaves it as it was.
      const id_token = await idToken(client, code, person, now)
      if (id_token === undefined) return undefined
      const access_token = random.token(256)
      const [used] = await Promise.all([
        artifacts.consume('code', form.code, now, lifetimes.USED_CODE_KEPT),
        // Nobody is told of it where another request has used the code.
        artifacts.put('access-token', access_token, tokenOf(code, access_token, scope, now), lifetimes.ACCESS_TOKEN),
      ])
      if (used !== 'consumed') return undefined
      const entry = issuedEntry({ client: client.id, person, request, grant: form.grant_type, scope })
      if (!(await record(entry, ground, code, now))) return undefined
      madeHere.note(access_token, code)
      evidence.redeemed(client, code.sessionUid)
      return { access_token, expires_in: lifetimes.ACCESS_TOKEN, id_token, scope, token_type: 'Bearer' }
    },
  }
}

const encoded = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')

/** The record of an access token, as the library writes it. */
function tokenOf(code: Code, jti: string, scope: string, now: number): Json {
  const { accountId, clientId, grantId, sessionUid, expiresWithSession, sid } = code
  return {
    ...{ kind: 'AccessToken', jti, iat: now, exp: now + lifetimes.ACCESS_TOKEN, gty: 'authorization_code', scope },
    ...{ accountId: accountId!, clientId: clientId!, grantId: grantId!, sessionUid: sessionUid! },
    ...(expiresWithSession !== undefined && { expiresWithSession }),
    ...(sid !== undefined && { sid }),
  }
}

/** RFC 7636 §4.6, S256 alone. */
function proves(verifier: string, { codeChallenge = '', codeChallengeMethod }: Code): boolean {
  if (codeChallengeMethod !== 'S256' || !/^[\w.~-]{43,128}$/.test(verifier)) return false
  const [given, right] = [Buffer.from(codeChallenge), Buffer.from(hash('sha256', verifier, 'base64url'))]
  return given.length === right.length && timingSafeEqual(given, right)
}

interface Form {
  readonly grant_type: 'authorization_code'
  readonly code: string
  readonly redirect_uri: string
  readonly code_verifier: string
  readonly client_id?: string
}

const FIELDS = new Set(['grant_type', 'code', 'redirect_uri', 'code_verifier', 'client_id'])

/** These fields, each once, and no others. */
function formIn(body: string): Form | undefined {
  // URLSearchParams takes a question mark at the beginning away; the library's reader doesn't.
  if (!isPlainForm(body) || body.startsWith('?')) return undefined
  const form: Record<string, string> = {}
  for (const [name, value] of new URLSearchParams(body)) {
    if (!FIELDS.has(name) || form[name] !== undefined) return undefined
    form[name] = value
  }
  const { grant_type, code, redirect_uri, code_verifier } = form
  if (grant_type !== 'authorization_code' || !code || !redirect_uri || !code_verifier) return undefined
  return form as unknown as Form
}
