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

export interface Asked {
  /** For a change: the least assurance of the proof, which must be fresh too. Absent: to be signed in will do. */
  readonly change?: Assurance
  /** Where to come back to; a page of ours that is asked for by GET. Absent: this one. */
  readonly back?: string
}

export interface Entrance {
  /** @returns undefined where the browser was sent to sign in: there is nothing left to do. */
  enter(ctx: Context, asked?: Asked): Promise<Present | undefined>
  /** To sign in, whoever is present. */
  leadIn(ctx: Context, asked: Asked): void
}

export interface Needs {
  readonly engine: Pick<Engine, 'present'>
  readonly issuer: string
  readonly clock: Clock
  readonly random: Random
}

export function openEntrance({ engine, issuer, clock, random }: Needs): Entrance {
  const fresh = ({ at }: Present): boolean => clock.now() / 1000 - at <= FRESH

  function leadIn(ctx: Context, { change, back = ctx.path }: Asked): void {
    // Nothing is redeemed: the verifier is thrown away, and with it every use of the code.
    const challenge = createHash('sha256').update(random.token(256)).digest('base64url')
    const query = new URLSearchParams({
      client_id: PORTAL,
      response_type: 'code',
      scope: 'openid',
      redirect_uri: `${issuer}${RETURN}`,
      state: back,
      nonce: random.token(128),
      code_challenge: challenge,
      code_challenge_method: 'S256',
      ...(change && { max_age: String(FRESH), acr_values: change }),
    })
    ctx.status = 303
    ctx.set('Location', `${issuer}/auth?${query.toString()}`)
    ctx.set('Cache-Control', 'no-store')
    ctx.body = ''
  }

  return {
    leadIn,
    async enter(ctx, asked = {}) {
      const present = await engine.present(ctx)
      const { change } = asked
      if (present && (change === undefined || (fresh(present) && atLeast(present.acr, change)))) return present
      return leadIn(ctx, asked) as undefined
    },
  }
}

/** What `state` brings back: one of our own pages, or where there is nothing else, the first of them. */
export const pageOf = (state: unknown): string =>
  typeof state === 'string' && PAGE.test(state) && state !== RETURN ? state : ME

const PAGE = /^\/me(?:\/[\w-]{1,64}){0,3}$/
