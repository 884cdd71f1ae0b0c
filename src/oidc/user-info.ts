import { createSecretKey } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { RequestId } from '../identity/identifiers.ts'
import type { Json } from '../identity/json.ts'
import { releaseEntry, words } from './account.ts'
import { pairwise } from './client-metadata.ts'
import type { Evidence } from './evidence.ts'
import type { MadeHere } from './made-here.ts'
import type { Needs } from './needs.ts'
import { type Issued, openStands } from './stands.ts'

// UserInfo (OIDC Core §5.3) as nearly every agency asks for it: GET, the token in the header, nothing more. Answered here,
// because the library's walk costs more than all that must be found out. Whatever is unusual, and every request that
// would be refused, is left to the library, which looks at it anew: so an error has one origin, and a doubt costs only time.

/** Of a token that says anything else (an audience, claims asked for one by one, a key that it is bound to) the library knows more. */
const KNOWN: ReadonlySet<string> = new Set([
  ...['kind', 'jti', 'iat', 'exp', 'gty', 'clientId', 'accountId', 'grantId', 'scope', 'sid'],
  ...['sessionUid', 'expiresWithSession'],
])

type Parts = Pick<
  Needs,
  'artifacts' | 'audit' | 'clients' | 'clock' | 'db' | 'disclosure' | 'pairwiseSalt' | 'people' | 'session' | 'terms'
> & { readonly evidence: Pick<Evidence, 'used'>; readonly madeHere: MadeHere }

export interface UserInfo {
  /** Whether it may be a usual one. */
  mayBe(headers: IncomingHttpHeaders): boolean
  /** @returns the answer's members; undefined where the library must answer: then nothing has happened. */
  answer(headers: IncomingHttpHeaders, request: RequestId | undefined): Promise<Json | undefined>
}

export function openUserInfo(needs: Parts): UserInfo {
  const { artifacts, clock, disclosure, evidence, madeHere } = needs
  const salt = createSecretKey(needs.pairwiseSalt)
  const stands = openStands(needs)

  async function usual(value: string) {
    const reading = artifacts.get('access-token', value)
    const ahead = madeHere.ahead(value)
    const token = (await reading)?.value as Issued | undefined
    const scopes = words(token?.scope)
    if (token?.kind !== 'AccessToken' || !scopes.includes('openid')) return undefined
    if (!Object.keys(token).every((name) => KNOWN.has(name))) return undefined
    const ground = await stands(token, clock.now() / 1000, ahead)
    return ground && { ...ground, scopes, issuedAt: token.iat }
  }

  /** A second gate, as the library has one: nothing that the token's scopes don't stand for. */
  const asNamed = (release: Readonly<Record<string, Json>>, scopes: readonly string[]) =>
    Object.entries(release).filter(([name]) => scopes.some((scope) => disclosure.scopes[scope]?.includes(name)))

  return {
    mayBe: (headers) => headers.authorization !== undefined && UNUSUAL.every((name) => headers[name] === undefined),
    async answer({ authorization = '' }, request) {
      const value = /^Bearer ([\w-]{43})$/.exec(authorization)?.[1]
      const asked = value === undefined ? undefined : await usual(value)
      if (!asked) return undefined
      const { client, known, record, scopes, issuedAt } = asked
      const person = known.key
      const question = { client: client.id, person, known, scopes, claims: [] }
      const decision = await disclosure.decide(question)
      if (!(await record(releaseEntry(question, decision, 'userinfo', request)))) return undefined
      evidence.used(client, issuedAt)
      return { sub: pairwise(salt, client.sector, person), ...Object.fromEntries(asNamed(decision.release, scopes)) }
    },
  }
}

/** A page of another site that asks, a token that is bound to a key, a body. */
const UNUSUAL = ['origin', 'dpop', 'content-type', 'content-length', 'transfer-encoding']
