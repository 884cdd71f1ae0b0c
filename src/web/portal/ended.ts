import type { Context } from 'koa'
import { endedPage, type Told } from '../../../views/portal/ended.ts'
import type { Clients } from '../../clients/client.ts'
import { type ClientId, clientId, type SessionRef } from '../../identity/identifiers.ts'
import type { Receipt, Receipts } from '../../jobs/receipts.ts'
import { LOGOUT } from '../../oidc/logout-delivery.ts'
import type { Db } from '../../platform/db.ts'
import type { LiveSessions } from '../../sessions/live.ts'
import { type FrameOf, page } from '../frame.ts'
import type { Route } from '../router.ts'
import { PORTAL } from './relying-party.ts'

// After signing out everywhere: which services have confirmed it, and which not yet. The session is gone by then, so the
// browser that ended it keeps for a quarter of an hour which one that was, signed, and sends it to this page alone.

const PATH = '/session/ended'
const COOKIE = '__Secure-pratu_ended'
const LIFE = 900_000
/** What browsers keep in one cookie is 4,096 bytes, its name and signature included. */
const MOST = 3_000
/** So often the page comes by itself, every so many seconds: a service that doesn't answer by then is not about to. */
const TIMES = 10
const EVERY = 3

interface Kept {
  readonly session: SessionRef
  /** Who asked for the sign-out, and where it wants the person back. */
  readonly client?: ClientId | undefined
  readonly back?: string | undefined
}

/** Leads to the page in place of where the answer leads, which is kept for its way back. */
export function keepEnded(ctx: Context, kept: Kept): void {
  const value = Buffer.from(JSON.stringify(kept)).toString('base64url')
  if (value.length > MOST) return
  const attributes = { signed: true, httpOnly: true, sameSite: 'lax', secure: true } as const
  ctx.cookies.set(COOKIE, value, { ...attributes, path: PATH, maxAge: LIFE, overwrite: true })
  ctx.set('Location', PATH)
}

function keptIn(ctx: Context): Kept | undefined {
  const value = ctx.cookies.get(COOKIE, { signed: true })
  return value === undefined ? undefined : (JSON.parse(Buffer.from(value, 'base64url').toString()) as Kept)
}

export interface Needs {
  readonly db: Db
  readonly live: Pick<LiveSessions, 'partiesOf'>
  readonly receipts: Pick<Receipts, 'find'>
  readonly clients: Pick<Clients, 'find'>
  readonly frame: FrameOf
}

const toldBy = (receipt: Receipt | undefined): Told =>
  receipt?.state === 'waiting' ? 'waiting' : receipt?.state === 'delivered' ? 'confirmed' : 'itself'

export function endedRoutes({ db, live, receipts, clients, frame }: Needs): Route[] {
  async function servicesOf(session: SessionRef) {
    const parties = await live.partiesOf(db, session)
    const sent = await receipts.find(db, { kinds: [LOGOUT], session }, 1_000)
    return parties.flatMap(({ client: id }) => {
      const client = id === PORTAL ? undefined : clients.find(id)
      return client ? [{ name: client.name, told: toldBy(sent.find(({ destination }) => destination === id)) }] : []
    })
  }

  return [
    {
      method: 'GET',
      path: PATH,
      async handler(ctx) {
        const kept = keptIn(ctx)
        const services = kept ? await servicesOf(kept.session) : []
        const asker = kept?.client === undefined ? undefined : clients.find(clientId(kept.client))
        const back = asker && kept?.back !== undefined ? { href: kept.back, name: asker.name } : undefined
        const times = Number(ctx.query.times ?? 0)
        const waiting = services.some(({ told }) => told === 'waiting')
        const byItself = waiting && times < TIMES
        // Whoever must still do something about a service stays to read it.
        const leads = back !== undefined && services.length > 0 && services.every(({ told }) => told === 'confirmed')
        if (byItself) ctx.set('Refresh', `${EVERY};url=${PATH}?times=${times + 1}`)
        else if (leads) ctx.set('Refresh', `${EVERY};url=${back.href}`)
        const input = { services, again: waiting ? PATH : undefined, byItself, back, leads }
        page(ctx, endedPage.render(input, frame(ctx, { home: '/' })))
      },
    },
  ]
}
