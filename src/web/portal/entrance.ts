import { createHash } from 'node:crypto'
import type { Context } from 'koa'
import { type Assurance, atLeast } from '../../identity/assurance.ts'
import type { Engine } from '../../oidc/engine.ts'
import type { Present } from '../../oidc/present.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Random } from '../../platform/random.ts'
import { ME, PORTAL, RETURN } from './relying-party.ts'

// The way into the citizen's own page. Who is not signed in, or not lately or surely enough for what they want to do, is
// led through the protocol's own door and back to the very page they came for.

/** Seconds within which somebody must have proved themselves to change a means (security bar §3 row 36). */
export const FRESH = 300

export interface Entrance {
  /** @returns undefined where the browser was sent to sign in: there is nothing left to do. */
  enter(ctx: Context): Promise<Present | undefined>
  /** The same for a change: by a proof that is fresh, and at least as sure as that. */
  enterFor(ctx: Context, level: Level): Promise<Present | undefined>
  /** To a surer sign-in, and back to this page. */
  leadOn(ctx: Context, level: Assurance): void
}

/** What a change asks for, perhaps only to be told once it is known who asks. */
export type Level = Assurance | ((present: Present) => Promise<Assurance>)

export interface Needs {
  readonly engine: Pick<Engine, 'present'>
  readonly issuer: string
  readonly clock: Clock
  readonly random: Random
}

export function openEntrance({ engine, issuer, clock, random }: Needs): Entrance {
  const fresh = ({ at }: Present): boolean => clock.now() / 1000 - at <= FRESH

  function lead(ctx: Context, level?: Assurance): undefined {
    // Nothing is redeemed: the verifier is thrown away, and with it every use of the code.
    const challenge = createHash('sha256').update(random.token(256)).digest('base64url')
    const query = new URLSearchParams({
      client_id: PORTAL,
      response_type: 'code',
      scope: 'openid',
      redirect_uri: `${issuer}${RETURN}`,
      state: ctx.path,
      nonce: random.token(128),
      code_challenge: challenge,
      code_challenge_method: 'S256',
      ...(level && { max_age: String(FRESH), acr_values: level }),
    })
    ctx.status = 303
    ctx.set('Location', `${issuer}/auth?${query.toString()}`)
    ctx.set('Cache-Control', 'no-store')
    ctx.body = ''
  }

  return {
    enter: async (ctx) => (await engine.present(ctx)) ?? lead(ctx),
    async enterFor(ctx, level) {
      const present = await engine.present(ctx)
      const need = typeof level === 'string' ? level : present && (await level(present))
      if (present && need && fresh(present) && atLeast(present.acr, need)) return present
      return lead(ctx, need)
    },
    leadOn: lead,
  }
}

/** What `state` brings back: one of our own pages, or where there is nothing else, the first of them. */
export const pageOf = (state: unknown): string =>
  typeof state === 'string' && PAGE.test(state) && state !== RETURN ? state : ME

const PAGE = /^\/me(?:\/[\w-]{1,64}){0,3}$/
