import { Readable } from 'node:stream'
import type { Client } from '../clients/relying-party.ts'
import { DELIVERY_STATES, type DeliveryState, type Place, type Receipt, type Receipts } from '../jobs/receipts.ts'
import type { Db } from '../platform/db.ts'
import { pairwise } from './client-metadata.ts'
import { ROUTES } from './configuration.ts'
import { LOGOUT } from './logout-delivery.ts'
import type { Needs } from './needs.ts'
import { queryOf, readPosted } from './posted.ts'
import { SECURITY_EVENT } from './security-events.ts'
import type { Ctx, WebCtx } from './visit.ts'

// What an agency was told, for its own eyes: it proves itself as at the token endpoint and asks by a form. Of people it sees the
// subjects that it knows; neither why a session ended nor by which name we know it, for two agencies could compare those.

export const DELIVERIES = '/deliveries'

const KINDS = [LOGOUT, SECURITY_EVENT]
const PAGE = 100
const MOST = 1_000

export interface Parts {
  readonly db: Db
  readonly receipts: Pick<Receipts, 'find'>
  readonly pairwiseSalt: Needs['pairwiseSalt']
  /** Has the library answer the request as it is now. */
  serve(ctx: Ctx): Promise<void>
  registered(id: string): Client | undefined
}

export function openOwnDeliveries({ db, receipts, pairwiseSalt, serve, registered }: Parts) {
  /**
   * Who asks. The library knows every way to prove it and refuses each in its own words, but only to somebody who asks for
   * something of its own: so it is asked, in the agency's name, about a token that there is not.
   * @returns undefined when it has refused: its answer is the answer.
   */
  async function prove(ctx: Ctx, proof: Parameters<typeof queryOf>[0]): Promise<Client | undefined> {
    const body = Buffer.from(queryOf({ ...proof, token: 'none' }))
    const { req, url, request } = ctx
    Object.assign(ctx, { req: Readable.from([body]), url: ROUTES.introspection })
    Object.defineProperty(request, 'length', { value: body.length, configurable: true })
    try {
      await serve(ctx)
    } finally {
      Object.assign(ctx, { req, url })
      Reflect.deleteProperty(request, 'length')
    }
    const { active } = (ctx.body ?? {}) as { readonly active?: unknown }
    const id = ctx.oidc.client?.clientId
    return ctx.status === 200 && active === false && id !== undefined ? registered(id) : undefined
  }

  return async (web: WebCtx): Promise<void> => {
    if (web.method !== 'POST') {
      web.set('Allow', 'POST')
      web.status = 405
      web.body = { error: 'invalid_request', error_description: 'ask by POST, with a form' }
      return
    }
    const posted = await readPosted(web)
    const { after, limit: most, state, ...proof } = posted
    const client = await prove(web as Ctx, proof)
    if (!client) return
    const question = read({ after, limit: most, state })
    if (typeof question === 'string') {
      web.status = 400
      web.body = { error: 'invalid_request', error_description: question }
      return
    }
    const { limit, ...which } = question
    const found = await receipts.find(db, { kinds: KINDS, destination: client.id, ...which }, limit)
    const last = found.length === limit ? found.at(-1) : undefined
    web.body = {
      deliveries: found.map((receipt) => shown(receipt, (person) => pairwise(pairwiseSalt, client.sector, person))),
      ...(last && { next: placeName(last) }),
    }
  }
}

interface Question {
  readonly limit: number
  readonly state?: DeliveryState
  readonly after?: Place
}

/** One that stands twice is a list. */
type Asked = Readonly<Record<'after' | 'limit' | 'state', string | readonly string[] | undefined>>

/** @returns what is wrong, in words for the agency's developer. */
function read({ after, limit = String(PAGE), state }: Asked): Question | string {
  const most = typeof limit === 'string' && /^[1-9]\d{0,3}$/.test(limit) ? Number(limit) : Number.NaN
  if (!(most <= MOST)) return `limit must be a number from 1 to ${MOST}`
  const known = DELIVERY_STATES.find((each) => each === state)
  if (state !== undefined && !known) return `state must be one of ${DELIVERY_STATES.join(', ')}`
  const place = typeof after === 'string' ? placeOf(after) : undefined
  if (after !== undefined && !place) return 'after must be what "next" of the page before was'
  return { limit: most, ...(known && { state: known }), ...(place && { after: place }) }
}

const placeName = ({ madeAt, id }: Place): string => `${madeAt}.${id}`
function placeOf(name: string): Place | undefined {
  const [, madeAt, id] = /^(\d{1,15})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.exec(name) ?? []
  return madeAt !== undefined && id !== undefined ? { madeAt: Number(madeAt), id } : undefined
}

const time = (at: number): string => new Date(at).toISOString()

function shown(receipt: Receipt, subOf: (person: NonNullable<Receipt['person']>) => string) {
  const { id, kind, about, person, state, tries, madeAt, triedAt } = receipt
  return {
    ...{ jti: id, kind, ...(person && { sub: subOf(person) }) },
    ...(kind === SECURITY_EVENT && { event: about }),
    ...{ state, tries, made_at: time(madeAt) },
    ...(triedAt !== undefined && { tried_at: time(triedAt) }),
    ...(receipt.state === 'waiting' ? { next_try_at: time(receipt.nextTry) } : { ended_at: time(receipt.endedAt) }),
  }
}
