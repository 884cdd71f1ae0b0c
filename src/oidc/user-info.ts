import { createSecretKey } from 'node:crypto'
import type { Entry } from '../audit/entry.ts'
import type { Client } from '../clients/relying-party.ts'
import { personKey } from '../identity/identifiers.ts'
import type { Json } from '../identity/json.ts'
import { stillTrusted } from '../persons/still-trusted.ts'
import { releaseEntry, words } from './account.ts'
import { pairwise } from './client-metadata.ts'
import { ROUTES } from './configuration.ts'
import type { Needs } from './needs.ts'
import { alive, type Bound, outlived } from './session-model.ts'
import { requestOf, type WebCtx } from './visit.ts'

// UserInfo (OIDC Core §5.3) as nearly every agency asks for it: GET, the token in the header, nothing more. Answered here,
// because the library's walk costs more than all that must be found out. Whatever is unusual, and every request that
// would be refused, is left to the library, which looks at it anew: so an error has one origin, and a doubt costs only time.

/** As the library stores it. */
interface Token extends Bound {
  readonly kind?: string
  readonly exp?: number
  readonly clientId?: string
  readonly accountId?: string
  readonly grantId?: string
  readonly scope?: string
}
interface Grant {
  readonly accountId?: string
  readonly clientId?: string
  readonly exp?: number
}

/** Of a token that says anything else (an audience, claims asked for one by one, a key that it is bound to) the library knows more. */
const KNOWN: ReadonlySet<string> = new Set([
  ...['kind', 'jti', 'iat', 'exp', 'gty', 'clientId', 'accountId', 'grantId', 'scope', 'sid'],
  ...['sessionUid', 'expiresWithSession'],
])

type Parts = Pick<
  Needs,
  'artifacts' | 'audit' | 'clients' | 'clock' | 'db' | 'disclosure' | 'pairwiseSalt' | 'people' | 'session'
> & {
  /** Told of each token that was answered, epoch seconds. */
  readonly used: (client: Client, issuedAt: number | undefined) => void
}

/** @returns a function that says whether it has answered; if not, nothing has happened. */
export function openUserInfo(needs: Parts): (ctx: WebCtx) => Promise<boolean> {
  const { artifacts, audit, clients, clock, db, disclosure, people } = needs
  const salt = createSecretKey(needs.pairwiseSalt)

  async function usual(value: string) {
    const token = (await artifacts.get('access-token', value))?.value as Token | undefined
    const now = clock.now() / 1000
    if (!token || !Object.keys(token).every((name) => KNOWN.has(name)) || !lives(token, now)) return undefined
    const { accountId, clientId, grantId, scope } = token
    const scopes = words(scope)
    const client = clientId === undefined ? undefined : clients.find(clientId)
    if (token.kind !== 'AccessToken' || !scopes.includes('openid') || !client || client.disabled) return undefined
    if (accountId === undefined || grantId === undefined) return undefined
    const [found, bound, known] = await Promise.all([
      artifacts.get('grant', grantId),
      stands(token, now),
      people.find(personKey(accountId)),
    ])
    const grant = found?.value as Grant | undefined
    const fits = grant?.accountId === accountId && grant.clientId === clientId && lives(grant, now)
    const trusted = known !== undefined && stillTrusted(known, { at: token.iat })
    return fits && bound && known && trusted ? { client, known, scopes, issuedAt: token.iat } : undefined
  }

  /** A second gate, as the library has one: nothing that the token's scopes don't stand for. */
  const asNamed = (release: Readonly<Record<string, Json>>, scopes: readonly string[]) =>
    Object.entries(release).filter(([name]) => scopes.some((scope) => disclosure.scopes[scope]?.includes(name)))

  /** Whether the session that the token came from still is what it was. */
  async function stands(token: Token, now: number): Promise<boolean> {
    const { sessionUid, expiresWithSession, accountId, clientId, grantId } = token
    if (!expiresWithSession) return !(await outlived(artifacts, token))
    const record = sessionUid === undefined ? undefined : await artifacts.findSessionByUid(sessionUid)
    if (!record || !alive(record, now, needs.session)) return false
    const party = record.parties.get(clientId ?? '') as { readonly grantId?: Json } | undefined
    return (record.body as { readonly accountId?: Json }).accountId === accountId && party?.grantId === grantId
  }

  return async (ctx) => {
    const value = bearer(ctx)
    const asked = value === undefined ? undefined : await usual(value)
    if (!asked) return false
    const { client, known, scopes, issuedAt } = asked
    const person = known.key
    const question = { client: client.id, person, known, scopes, claims: [] }
    const decision = await disclosure.decide(question)
    const entry: Entry | undefined = releaseEntry(question, decision, 'userinfo', requestOf(ctx))
    if (entry) await audit.append(db, entry)
    ctx.vary('Origin')
    ctx.body = { sub: pairwise(salt, client.sector, person), ...Object.fromEntries(asNamed(decision.release, scopes)) }
    needs.used(client, issuedAt)
    return true
  }
}

const lives = ({ exp }: { readonly exp?: number }, now: number): boolean => exp !== undefined && exp > now

/** The token of a request that is nothing but that. */
function bearer(ctx: WebCtx): string | undefined {
  const { authorization, origin, dpop } = ctx.headers
  const usual = ctx.method === 'GET' && ctx.path === ROUTES.userinfo && ctx.querystring === ''
  if (!usual || authorization === undefined || origin !== undefined || dpop !== undefined) return undefined
  return /^Bearer ([\w-]{43})$/.exec(authorization)?.[1]
}
