import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { type Clock, pause } from '../../platform/clock.ts'
import type { Random } from '../../platform/random.ts'
import type { Issuer } from './certificate.ts'
import {
  type Answer,
  aboutAnother,
  isAbout,
  makeAnswer,
  makeRefusal,
  type Question,
  readQuestion,
} from './ocsp-answer.ts'
import { openSigners, type Signer, type SignerName } from './ocsp-signers.ts'

// A national CA's OCSP responder (RFC 6960 over HTTP): a real server that can be told to answer wrongly, late or not at all,
// at /manage or by order(). It knows the cards of one CA, and which of them are revoked.

export const ANSWERS = [
  'good',
  'revoked',
  'unknown',
  'try-later',
  'internal-error',
  'stale',
  'from-the-future',
  'past-next-update',
  'slow',
  'hang',
  'status-500',
  'wrong-type',
  'garbage',
  'wrong-nonce',
  'no-nonce',
  'replay',
  'two-answers',
  'another-card',
  'no-answers',
  'signed-by-ca',
  'forged-signer',
  'signer-without-purpose',
  'expired-signer',
  'no-certificate',
  'broken-signature',
] as const
export type AnswerName = (typeof ANSWERS)[number]

export interface Order {
  readonly answer: AnswerName
  /** For so many questions; absent: until told otherwise. */
  readonly times?: number
}

export interface Responder {
  /** Once it listens. */
  url(): string
  listen(): Promise<void>
  /** Undefined: as it should again. */
  order(order: Order | undefined): void
  /** How many questions came so far. */
  asked(): number
  close(): Promise<void>
}

export interface Needs {
  readonly authority: Issuer & { readonly certificate: Buffer }
  /** What became of the card with this serial number, in hexadecimal capitals; the truth where nothing else is ordered. */
  statusOf(serial: string): 'good' | 'revoked' | 'unknown'
  readonly port: number
  readonly clock: Clock
  readonly random: Random
  /** How long `slow` takes, in milliseconds. Less than a service waits: slow is no refusal. */
  readonly slow?: number
}

const SIGNED_BY: Readonly<Partial<Record<AnswerName, SignerName>>> = {
  'signed-by-ca': 'the-ca',
  'forged-signer': 'forged',
  'signer-without-purpose': 'without-purpose',
  'expired-signer': 'expired',
}
const HOUR = 3_600_000
const MOST = 16_384

export function openResponder({ authority, statusOf, port, clock, random, slow = 2_000 }: Needs): Responder {
  const signerOf = openSigners({ authority, clock, random })
  const stop = new AbortController()
  let order: { answer: AnswerName; left: number } | undefined
  let asked = 0
  let last: Buffer | undefined
  let server: Server | undefined

  function told(): AnswerName | undefined {
    if (!order) return undefined
    const { answer } = order
    order.left -= 1
    if (order.left <= 0) order = undefined
    return answer
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const question = readQuestion(await limited(request))
    asked += 1
    const how = told()
    if (how === 'hang') return pause(2 ** 30, stop.signal)
    if (how === 'slow') await pause(slow, stop.signal)
    if (how === 'status-500') return void response.writeHead(500).end()
    const type = how === 'wrong-type' ? 'text/html' : 'application/ocsp-response'
    response.writeHead(200, { 'Content-Type': type }).end(bytesFor(question, how))
  }

  function bytesFor(question: Question | undefined, how: AnswerName | undefined): Buffer {
    if (!question) return makeRefusal('malformedRequest')
    if (how === 'try-later') return makeRefusal('tryLater')
    if (how === 'internal-error') return makeRefusal('internalError')
    if (how === 'garbage') return random.bytes(200)
    if (how === 'replay' && last) return last
    last = makeAnswer(question, contents(question, how))
    return last
  }

  function contents(question: Question, how: AnswerName | undefined): Answer {
    const now = clock.now()
    const signer = signerOf((how && SIGNED_BY[how]) ?? 'usual')
    return {
      status: statusFor(question, how),
      thisUpdate: how === 'stale' ? now - 24 * HOUR : how === 'from-the-future' ? now + 24 * HOUR : now,
      ...(how === 'past-next-update' && { nextUpdate: now - HOUR, thisUpdate: now - 2 * HOUR }),
      producedAt: now,
      ...nonceFor(question, how),
      signer: signed(signer, how),
      ...(how === 'two-answers' && { about: [question.certId, question.certId] }),
      ...(how === 'another-card' && { about: [aboutAnother(question, random.bytes(8))] }),
      ...(how === 'broken-signature' && { spoilt: true }),
      ...(how === 'no-answers' && { about: [] }),
    }
  }

  function statusFor(question: Question, how: AnswerName | undefined): Answer['status'] {
    if (how === 'good' || how === 'revoked' || how === 'unknown') return how
    return isAbout(question, authority) ? statusOf(question.serial) : 'unknown'
  }

  function nonceFor({ nonce }: Question, how: AnswerName | undefined): { nonce?: Buffer } {
    if (how === 'wrong-nonce') return { nonce: random.bytes(32) }
    return nonce && how !== 'no-nonce' ? { nonce } : {}
  }

  const signed = (signer: Signer, how: AnswerName | undefined): Signer =>
    how === 'no-certificate' ? { ...signer, certificates: [] } : signer

  /** Only scripts on this machine: a page of another site can't send JSON here, nor reach us under a name of its own. */
  async function manage(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!/^(localhost|127\.0\.0\.1)(:\d+)?$/.test(request.headers.host ?? '')) return void response.writeHead(403).end()
    if (request.method === 'POST') {
      const wanted = /^application\/json\b/.test(request.headers['content-type'] ?? '')
        ? readOrder((await limited(request)).toString('utf8'))
        : 'invalid'
      if (wanted === 'invalid') return void response.writeHead(400, JSON_TYPE).end(json({ answers: ANSWERS }))
      set(wanted)
    }
    response.writeHead(200, JSON_TYPE).end(json({ answer: order?.answer ?? 'as it should', asked, answers: ANSWERS }))
  }

  function set(wanted: Order | undefined): void {
    order = wanted && { answer: wanted.answer, left: wanted.times ?? Number.POSITIVE_INFINITY }
  }

  return {
    url: () => `http://127.0.0.1:${(server!.address() as AddressInfo).port}/`,
    listen: () =>
      new Promise((resolve, reject) => {
        server = createServer((request, response) => {
          const path = request.url ?? ''
          const work = path === '/manage' ? manage : path === '/' && request.method === 'POST' ? answer : nowhere
          work(request, response).catch(() => response.destroy())
        })
        server.once('error', reject).listen(port, '127.0.0.1', resolve)
      }),
    order: set,
    asked: () => asked,
    async close() {
      stop.abort()
      const closing = server && new Promise((done) => server!.close(done))
      server?.closeAllConnections()
      await closing
    },
  }
}

const JSON_TYPE = { 'Content-Type': 'application/json' }
const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

const nowhere = async (_request: IncomingMessage, response: ServerResponse): Promise<void> =>
  void response.writeHead(404).end()

async function limited(request: IncomingMessage): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? Number.POSITIVE_INFINITY) > MOST) throw new Error('too long')
  return buffer(request)
}

/** `{"answer":"revoked","times":1}`; `{}` ends an order. */
function readOrder(text: string): Order | undefined | 'invalid' {
  try {
    const { answer, times } = JSON.parse(text) as Partial<Order>
    if (answer === undefined) return undefined
    if (!ANSWERS.includes(answer)) return 'invalid'
    if (times === undefined) return { answer }
    return Number.isInteger(times) && times > 0 ? { answer, times } : 'invalid'
  } catch {
    return 'invalid'
  }
}
