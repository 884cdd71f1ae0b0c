import { join } from 'node:path'
import type { Context } from 'koa'
import type { Clock } from '../../platform/clock.ts'
import type { Random } from '../../platform/random.ts'
import type { Route } from '../../web/router.ts'
import type { CardWorld } from '../cards/world.ts'
import type { Phones } from '../phones/phones.ts'
import { BEHAVIOURS, HTTP, type HttpAnswer, isBehaviour } from './behaviours.ts'
import { PUBLISHED } from './published.ts'
import { type RelyingParty, readRequest } from './requests.ts'
import { openSessions } from './sessions.ts'
import { openSims, POLICY } from './sims.ts'

// The provider of Mobile-ID, as the demonstration has it: its REST API to the letter, on the port of the world outside. It
// can be told to do what a real one should never do, for one telephone: by a person at /phones/<number>, by a script at
// /mid-api/manage. It shares the names of the wire with the service, and nothing else.

export interface MobileIdService {
  readonly routes: readonly Route[]
  /** What the service must know of it. @param origin of the world outside. */
  settings(origin: string): {
    readonly address: string
    readonly relyingParty: RelyingParty
    readonly issuers: string
    readonly serverKeys: readonly string[]
    readonly lead: number
  }
  counts(): { readonly begun: number; readonly open: number; readonly polls: number }
  close(): void
}

export interface Needs {
  /** Where the issuers' folder is made. */
  readonly data: string
  readonly cards: Pick<CardWorld, 'authority' | 'ocsp'>
  readonly phones: Phones
  readonly clock: Clock
  readonly random: Random
  /** PRATU_MOBILE_ID_LEAD: nobody has to find a telephone that is on the screen. */
  readonly lead?: number
}

/** The provider's own for its demo. */
const DEMO: RelyingParty = { uuid: '00000000-0000-0000-0000-000000000000', name: 'DEMO' }
const LARGEST = 16_384
/** Milliseconds; what is asked for beyond them has no effect. */
const PATIENCE = { usual: 10_000, least: 1_000, most: 120_000 }

export function openMobileIdService({ data, cards, phones, clock, random, lead = 1_000 }: Needs): MobileIdService {
  const folder = join(data, 'mobile-id-issuers')
  cards.authority.writeIssuers(folder, cards.ocsp, { id: 'demo-mobile-id', policies: [POLICY] })
  const sims = openSims({ authority: cards.authority, clock })
  const sessions = openSessions({ phones, sims, clock, random })
  /** By session: what is to be said in place of its answers. */
  const ordered = new Map<string, HttpAnswer>()

  function say(ctx: Context, status: number, error?: string): void {
    ctx.status = status
    ctx.body = { error: error ?? 'as ordered', time: new Date(clock.now()).toISOString(), traceId: random.token(64) }
  }

  /** @returns whether it was an order, and has been obeyed. */
  function obey(ctx: Context, order: string, when: 'start' | 'poll'): boolean {
    const [at, what] = order.split('-')
    if (at !== when || !(HTTP as readonly string[]).includes(order)) return false
    if (what === 'cut') ctx.req.socket.destroy()
    else if (what === 'garbage') ctx.body = 'This is not what anybody expects.'
    else say(ctx, Number(what))
    return true
  }

  const routes: Route[] = [
    {
      method: 'POST',
      path: '/mid-api/authentication',
      async handler(ctx) {
        const read = readRequest(await readJson(ctx), DEMO)
        if (!read.ok) return say(ctx, read.status, read.error)
        const behaviour = sessions.behaviourOf(read.request.phoneNumber)
        if (obey(ctx, behaviour, 'start')) return undefined
        const sessionID = sessions.begin(read.request)
        if ((HTTP as readonly string[]).includes(behaviour)) ordered.set(sessionID, behaviour as HttpAnswer)
        ctx.body = { sessionID }
        return undefined
      },
    },
    {
      method: 'GET',
      path: '/mid-api/authentication/session/:session',
      async handler(ctx, { session = '' }) {
        if (obey(ctx, ordered.get(session) ?? '', 'poll')) return undefined
        const asked = Number(ctx.query.timeoutMs ?? PATIENCE.usual)
        if (!Number.isInteger(asked)) return say(ctx, 400, 'timeoutMs must be a number')
        const status = await sessions.poll(session, Math.min(PATIENCE.most, Math.max(PATIENCE.least, asked)))
        if (!status) return say(ctx, 404, 'SessionID not found')
        ctx.body = { result: '', ...status, time: new Date(clock.now()).toISOString(), traceId: random.token(64) }
        return undefined
      },
    },
    {
      method: 'GET',
      path: '/mid-api/version',
      handler(ctx) {
        ctx.body = 'Version: demo. Built: 22.11.2026 00:00'
      },
    },
    {
      method: 'GET',
      path: '/mid-api/manage',
      handler(ctx) {
        ctx.body = {
          ...sessions.counts(),
          behaviours: BEHAVIOURS.map(({ id }) => id),
          published: PUBLISHED.map(({ phone, code, outcome }) => ({ phone, person_code: code, outcome })),
        }
      },
    },
    {
      // {"phone":"+37210001109","behaviour":"off"}
      method: 'POST',
      path: '/mid-api/manage',
      async handler(ctx) {
        const { phone, behaviour } = ((await readJson(ctx)) ?? {}) as Readonly<Record<string, unknown>>
        if (typeof phone !== 'string' || !isBehaviour(behaviour)) return say(ctx, 400, 'phone and behaviour, please')
        sessions.set(phone, behaviour)
        ctx.body = { phone, behaviour }
        return undefined
      },
    },
  ]

  return {
    routes,
    settings: (origin) => ({
      address: `${origin}/mid-api`,
      relyingParty: DEMO,
      issuers: folder,
      serverKeys: [],
      lead,
    }),
    counts: sessions.counts,
    close: sessions.close,
  }
}

/** @returns undefined for what is no JSON, too long, or called something else: a page of another site can't send it here. */
async function readJson(ctx: Context): Promise<unknown> {
  if (!ctx.is('application/json')) return undefined
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of ctx.req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > LARGEST) return undefined
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown
  } catch {
    return undefined
  }
}
