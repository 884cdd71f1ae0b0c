import type { Context } from 'koa'
import { smartIdAppPage } from '../../../views/demo/smart-id-app.ts'
import { type Language, spoken } from '../../identity/language.ts'
import { Problem } from '../../identity/trouble.ts'
import type { DeviceLinkSession } from '../../methods/smart-id/wire.ts'
import { type Clock, pause } from '../../platform/clock.ts'
import { readForm } from '../../web/form.ts'
import type { Route } from '../../web/router.ts'
import { isAbout, makeAnswer, makeRefusal, readQuestion } from '../cards/ocsp-answer.ts'
import { openSheet } from '../sheet.ts'
import type { Accounts } from './accounts.ts'
import { type AtOpening, isAtOpening, isAtPoll, ORDERS } from './orders.ts'
import { readRequest } from './requests.ts'
import { isRelyingParty, type Person, type SmartIdService } from './service.ts'
import { type Session, shownOf } from './sessions.ts'

// The demo's Smart-ID over HTTP, all under /smart-id-rp: the interface for relying parties (v3), the app on screen (where a
// telephone's holder opens a link or scans the code on the page), the OCSP responder of its CA, and for scripts
// /smart-id-rp/manage and the provider's own /mock/device-link.

export interface Needs {
  readonly service: SmartIdService
  readonly accounts: Accounts
  /** Scheme, host and port of all this. */
  readonly origin: () => string
  readonly clock: Clock
}

const BASE = '/smart-id-rp'
const APP = `${BASE}/app`
const MOST = 16 * 1024
const POLL = { least: 1_000, usual: 60_500, most: 120_000 }

export function smartIdRoutes({ service, accounts, origin, clock }: Needs): Route[] {
  const { sessions } = service
  const sheet = openSheet()

  // --- for relying parties

  async function open(ctx: Context, byLink: boolean, known: (session: Session) => boolean): Promise<void> {
    const body = await jsonIn(ctx)
    const order = service.ordered(isAtOpening)
    if (order) return spoil(ctx, order)
    const read = readRequest(body, byLink)
    if (!read.ok) return problem(ctx, 400, 'Bad Request', read.mistakes)
    const { request, interactions } = read
    if (!isRelyingParty(request.relyingPartyUUID, request.relyingPartyName)) return problem(ctx, 401, 'Unauthorized')
    const session = sessions.open(request, interactions, byLink ? undefined : 'Notification')
    if (!known(session))
      return problem(ctx, 404, 'Not Found', [
        { code: 'NO_SUITABLE_ACCOUNT_FOUND', detail: 'no suitable account', paramName: 'id' },
      ])
    service.count()
    ctx.body = byLink ? linkOf(session) : { sessionID: session.id }
  }

  const linkOf = ({ id, token, secret }: Session): DeviceLinkSession => ({
    sessionID: id,
    sessionToken: token,
    sessionSecret: secret.toString('base64'),
    deviceLinkBase: `${origin()}${APP}`,
  })

  async function spoil(ctx: Context, order: AtOpening): Promise<void> {
    if (order === 'hang') return pause(POLL.most)
    if (order === 'garbage') ctx.body = { session: 'none' }
    else problem(ctx, Number(order.slice('http-'.length)), 'As ordered')
  }

  async function poll(ctx: Context, id: string): Promise<void> {
    // Those before it are polled still, by pages that nobody looks at any more.
    const order = sessions.last()?.id === id ? service.ordered(isAtPoll) : undefined
    if (order === 'poll-garbage') ctx.body = { state: 'MAYBE' }
    else if (order) problem(ctx, Number(order.slice('poll-'.length)), 'As ordered')
    else {
      const session = sessions.find(id)
      if (!session) return problem(ctx, 404, 'Not Found')
      const asked = Number(ctx.query.timeoutMs ?? POLL.usual)
      ctx.body = await sessions.hang(session, Math.min(POLL.most, Math.max(POLL.least, asked)))
    }
  }

  // --- the app on screen

  function page(ctx: Context, input: Partial<Parameters<typeof smartIdAppPage.render>[0]>): void {
    const people = service.people.map(({ document, given, family, phone }) => ({
      document,
      name: [given, family].filter(Boolean).join(' '),
      phone,
    }))
    const waiting = sessions.waiting().map((session) => ({ id: session.id, text: textOf(session) }))
    ctx.type = 'html'
    ctx.body = smartIdAppPage.render(
      { action: APP, people, waiting, ...input },
      { language: languageOf(ctx), stylesheet: sheet.path },
    )
  }

  async function taken(ctx: Context): Promise<void> {
    const { link, scan, document = '' } = await readForm(ctx)
    const person = personOf(document)
    const session = scan === undefined ? undefined : sessions.find(scan)
    const found = session ? service.scan(session, person) : service.take((link ?? '').trim(), person)
    if (!found.ok) return page(ctx, { refused: found.because, whose: document, ...(link !== undefined && { link }) })
    if (found.type !== 'QR') return page(ctx, { asks: { id: found.session.id, document, text: textOf(found.session) } })
    service.ring(found.session, person)
    leave(ctx, `/phones/${person.phone.replace('+', '')}`)
  }

  async function answered(ctx: Context, id: string): Promise<void> {
    const { answer, document = '' } = await readForm(ctx)
    const session = sessions.find(id)
    if (!session || session.flow === undefined) throw new Problem('PRT-1003')
    const back = await service.answer(session, personOf(document), answer === 'confirm' ? 'confirm' : 'refuse')
    if (back === undefined) page(ctx, { done: true })
    else leave(ctx, back)
  }

  function personOf(document: string): Person {
    const person = service.people.find((one) => one.document === document)
    if (!person) throw new Problem('PRT-1004')
    return person
  }

  // --- for scripts

  /** As the provider's demo has it: somebody's app takes up this link and confirms, or does what the account is for. */
  async function mock(ctx: Context): Promise<void> {
    const { documentNumber, deviceLink } = (await jsonIn(ctx)) as { documentNumber?: string; deviceLink?: string }
    const account = service.account(String(documentNumber))
    if (!account) return problem(ctx, 404, 'Not Found')
    const found = service.take(String(deviceLink), account)
    if (!found.ok)
      return problem(ctx, 400, 'Bad Request', [{ code: found.because, detail: '', paramName: 'deviceLink' }])
    const callback = await service.answer(found.session, account, 'confirm')
    ctx.body = { sessionID: found.session.id, ...(callback !== undefined && { callback }) }
  }

  async function manage(ctx: Context): Promise<void> {
    const { answer, times } = (await jsonIn(ctx)) as { answer?: string; times?: number }
    const order = ORDERS.find((one) => one === answer)
    if (answer !== undefined && !order) return problem(ctx, 400, 'Bad Request')
    service.order(order, times)
    ctx.body = { answer: order ?? 'as it should' }
  }

  async function revocation(ctx: Context): Promise<void> {
    const question = readQuestion(await bytesIn(ctx))
    ctx.type = 'application/ocsp-response'
    if (!question) ctx.body = makeRefusal('malformedRequest')
    else {
      const { issuing } = accounts
      const now = clock.now()
      ctx.body = makeAnswer(question, {
        status: isAbout(question, issuing) ? accounts.statusOf(question.serial) : 'unknown',
        thisUpdate: now,
        producedAt: now,
        ...(question.nonce && { nonce: question.nonce }),
        signer: { key: issuing.key, certificates: [] },
      })
    }
  }

  const v3 = `${BASE}/v3`
  return [
    ...['device-link/anonymous', 'device-link/etsi/:id', 'device-link/document/:id'].map(
      (path): Route => ({
        method: 'POST',
        path: `${v3}/authentication/${path}`,
        handler: (ctx) => open(ctx, true, () => true),
      }),
    ),
    {
      method: 'POST',
      path: `${v3}/authentication/notification/etsi/:id`,
      handler(ctx, { id = '' }) {
        const [, scheme = '', code = ''] = /^PNO([A-Z]{2})-(.+)$/.exec(id) ?? []
        return open(ctx, false, (session) => service.notify(session, scheme, code))
      },
    },
    {
      method: 'POST',
      path: `${v3}/authentication/notification/document/:id`,
      handler(ctx, { id = '' }) {
        const account = service.account(id)
        return open(
          ctx,
          false,
          (session) => account !== undefined && service.notify(session, account.scheme, account.code),
        )
      },
    },
    { method: 'GET', path: `${v3}/session/:id`, handler: (ctx, { id = '' }) => poll(ctx, id) },
    {
      method: 'GET',
      path: APP,
      handler(ctx) {
        const { document, deviceLinkType } = ctx.query
        const whose = typeof document === 'string' ? { whose: document } : {}
        page(ctx, deviceLinkType === undefined ? whose : { link: origin() + ctx.url })
      },
    },
    { method: 'POST', path: APP, handler: taken },
    { method: 'POST', path: `${APP}/:id`, handler: (ctx, { id = '' }) => answered(ctx, id) },
    { method: 'POST', path: `${BASE}/mock/device-link`, handler: mock },
    { method: 'POST', path: `${BASE}/manage`, handler: manage },
    {
      method: 'GET',
      path: `${BASE}/manage`,
      handler(ctx) {
        ctx.body = { opened: service.opened(), answers: ORDERS }
      },
    },
    { method: 'POST', path: `${BASE}/ocsp`, handler: revocation },
  ]
}

function textOf(session: Session): string {
  const { displayText60, displayText200 } = shownOf(session)
  return displayText200 ?? displayText60 ?? ''
}

/** RFC 9457. */
function problem(ctx: Context, status: number, title: string, errors: readonly object[] = []): void {
  ctx.status = status
  ctx.body = { type: 'about:blank', title, status, ...(errors.length > 0 && { errors }) }
  ctx.type = 'application/problem+json'
}

function leave(ctx: Context, to: string): void {
  ctx.status = 303
  ctx.set('Location', to)
  ctx.body = ''
}

async function bytesIn(ctx: Context): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of ctx.req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MOST) throw new Problem('PRT-1007')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** Only from scripts: a page of another site can't send this type here. */
async function jsonIn(ctx: Context): Promise<unknown> {
  if (!ctx.is('application/json')) throw new Problem('PRT-1004')
  try {
    return JSON.parse((await bytesIn(ctx)).toString('utf8')) as unknown
  } catch (cause) {
    throw new Problem('PRT-1004', { cause })
  }
}

function languageOf(ctx: Context): Language {
  const asked = ctx.query.ui_locales
  return spoken(typeof asked === 'string' ? asked : undefined) ?? spoken(ctx.get('Accept-Language')) ?? 'th'
}
