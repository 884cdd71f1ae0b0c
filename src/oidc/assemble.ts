import { createPublicKey, type KeyObject } from 'node:crypto'
import Provider, { ExternalSigningKey, type errors } from 'oidc-provider'
import { personKey } from '../identity/identifiers.ts'
import { refOf } from '../sessions/live.ts'
import type { RingKey } from '../signing/ring.ts'
import { openAccounts } from './account.ts'
import { openReadingAhead, type Tied } from './ahead.ts'
import { openClientBook, type Registered, signedFor } from './client-metadata.ts'
import { configure, scopesOf } from './configuration.ts'
import type { Keygrip } from './cookies.ts'
import { useGrants } from './grants.ts'
import type { Hint } from './hints.ts'
import type { Needs } from './needs.ts'
import { makeOneTime } from './one-time.ts'
import { errorResponseOf, noteRefusal, responseOf } from './pages.ts'
import { refusalEntry } from './record.ts'
import { partyOf, useSessions } from './session-model.ts'
import { type Ctx, visitOf } from './visit.ts'

// One engine of the library for one state of the key ring: half a millisecond to build, never changed afterwards. A change
// of the ring builds another; requests in flight finish on theirs. Only ids pass from one to the next.

export interface Assembled {
  readonly provider: Provider
  /** Serves the request if it is the protocol's; otherwise calls `next`. */
  dispatch(ctx: Ctx, next: () => Promise<void>): Promise<void>
}

interface Parts {
  readonly needs: Needs
  readonly keygrip: Keygrip
  readonly fetchKeys: typeof globalThis.fetch
  readonly verifyHint: (token: string) => Promise<Hint | undefined>
}

/** A key of the ring. Those without a private half stand behind the one that signs: the order decides. */
class VaultKey extends ExternalSigningKey {
  readonly #key: RingKey
  readonly #public: KeyObject
  constructor(key: RingKey) {
    super()
    this.#key = key
    this.#public = createPublicKey({ key: { ...key.publicJwk }, format: 'jwk' })
  }
  override get kid(): string {
    return this.#key.kid
  }
  override get alg(): string {
    return this.#key.alg
  }
  override keyObject(): KeyObject {
    return this.#public
  }
  override sign(data: Uint8Array): Promise<Uint8Array> {
    if (!this.#key.sign) throw new Error(`key ${this.#key.kid} is ${this.#key.state} and does not sign`)
    return this.#key.sign(data)
  }
}

export function assemble({ needs: given, keygrip, fetchKeys, verifyHint }: Parts): Assembled {
  const reading = openReadingAhead(given.artifacts)
  const needs = { ...given, artifacts: reading.artifacts }
  const book = openClientBook(needs)
  const accounts = openAccounts({ ...needs, registered: book.registered })
  const foresee = (ctx: Ctx, token: Tied): void => {
    reading.ahead(token)
    if (token.accountId !== undefined) accounts.admitted(ctx, token.accountId).catch(() => undefined)
  }
  // Retired keys are no longer shown; hints that they signed are verified by the ring (hints.ts).
  const keys = needs.ring.keys().filter(({ state }) => state !== 'retired')
  if (!keys.some(({ state }) => state === 'signing'))
    throw new Error('there is no signing key: make the first one with `pratu keys init`')
  const parts = { needs, keygrip, accounts, registered: book.registered, fetchKeys, foresee }
  /** Where several keys of an algorithm could sign, the first does. */
  const build = (ordered: readonly RingKey[]): Provider =>
    new Provider(needs.issuer, configure({ ...parts, jwks: { keys: ordered.map((key) => new VaultKey(key)) } }))
  const provider = build(keys)

  book.install(provider)
  const sessions = useSessions(provider, { ...needs, limits: needs.session })
  useGrants(provider, new Set(scopesOf(needs.disclosure)))
  makeOneTime(provider, { ...needs, accounts, sessions })
  tellAgencies(provider, needs)
  speakAsIssuer(provider)
  useHints(provider, verifyHint)
  signApart(provider, { ...needs, keys, build, registered: book.registered })

  // What isn't the caller's doing goes to the one outer boundary, not into a page of the library's or to the agency. The
  // library tells its listeners before it answers; a listener that throws takes the answer's place.
  provider.on('server_error', (_ctx: Ctx, error: Error) => {
    throw error
  })
  provider.on('authorization.success', (ctx, out) => {
    visitOf(ctx).response = responseOf(ctx, out ?? {})
  })
  provider.on('authorization.error', (ctx, error) => {
    const visit = visitOf(ctx)
    visit.response = errorResponseOf(ctx, error)
    const entry = refusalEntry(ctx, visit, error.error)
    if (entry) visit.entries.push(entry)
  })

  const refused = (ctx: Ctx, error: errors.OIDCProviderError): void => noteRefusal(needs.pages, ctx, error)
  provider.on('grant.error', refused)
  provider.on('pushed_authorization_request.error', refused)
  provider.on('introspection.error', refused)
  provider.on('revocation.error', refused)

  const [exec] = provider.middleware as unknown as [(ctx: Ctx, next: () => Promise<void>) => Promise<void>]
  return { provider, dispatch: (ctx, next) => exec(ctx, next) }
}

/**
 * The library would speak to agencies itself, once, while the person waits. At the end of a session all of them are told
 * by its model; leaving one service tells that one.
 */
function tellAgencies(provider: Provider, { db, live }: Needs): void {
  const { prototype } = provider.Client as unknown as {
    prototype: { backchannelLogout(this: { clientId: string }, person: string, sid?: string): Promise<void> }
  }
  prototype.backchannelLogout = async function tell(person, sid) {
    const { ctx } = Provider
    if (ctx!.oidc.params?.logout !== undefined) return
    visitOf(ctx).left.add(this.clientId)
    await live.leave(db, refOf(ctx!.oidc.session!.uid), personKey(person), partyOf(this.clientId, sid))
  }
  // It makes an event of what fails and goes on: then the agency would never hear of it.
  provider.on('backchannel.error', (_ctx: Ctx, error: Error) => {
    throw error
  })
}

/** Addresses come from the issuer, not from the request's Host; cookies are the request's own. */
function speakAsIssuer(provider: Provider): void {
  const { prototype } = (provider as unknown as { OIDCContext: { prototype: object } }).OIDCContext
  Object.defineProperties(prototype, {
    urlFor: { value: (name: string, options?: Record<string, unknown>) => provider.urlFor(name, options) },
    cookies: {
      get(this: { ctx: Ctx }) {
        return this.ctx.cookies
      },
    },
  })
}

/**
 * Agencies for which another key signs than for everybody: their ID tokens are made by the class of an engine whose first
 * key that is. In the code flow nothing else is signed for an agency.
 */
function signApart(
  provider: Provider,
  {
    ring,
    keys,
    build,
    registered,
  }: Pick<Needs, 'ring'> & {
    readonly keys: readonly RingKey[]
    readonly build: (ordered: readonly RingKey[]) => Provider
    readonly registered: Registered
  },
): void {
  const others = new Map<string, unknown>()
  const { IdToken: everybodys } = provider as unknown as { IdToken: { validate: unknown } }
  for (const key of keys.filter(({ state, sign }) => sign && state !== 'signing')) {
    const other = build([key, ...keys.filter((one) => one !== key)])
    // It knows clients by the engine that built them.
    Object.defineProperty(other, 'Claims', { get: () => (provider as unknown as { Claims: unknown }).Claims })
    const { IdToken } = other as unknown as { IdToken: { validate: unknown } }
    IdToken.validate = everybodys.validate
    others.set(key.kid, IdToken)
  }
  if (others.size === 0) return
  Object.defineProperty(provider, 'IdToken', {
    get() {
      const client = Provider.ctx?.oidc.client
      const key = client && ring.keyFor(signedFor(registered(client)))
      return (key && others.get(key.kid)) ?? everybodys
    },
  })
}

function useHints(provider: Provider, verify: Parts['verifyHint']): void {
  const IdToken = (
    provider as unknown as { IdToken: { validate(token: string, client: { clientId: string }): unknown } }
  ).IdToken
  IdToken.validate = async (token, { clientId }) => {
    const hint = await verify(token)
    if (hint?.client === clientId) return { header: hint.header, payload: hint.payload }
    const { oidc } = Provider.ctx!
    // Sign-out never comes here with a hint (posted.ts); there, dropping it alone would leave the way back open.
    if (oidc.route === 'end_session') throw new Error('a hint that proves nothing reached the sign-out')
    Object.assign(oidc.params!, { id_token_hint: undefined })
    return undefined
  }
}
