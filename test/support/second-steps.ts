import { rows } from '../../src/platform/db.ts'
import { openIndexer } from '../../src/platform/seal.ts'
import { address } from './guessing.ts'
import { FORM, raw } from './raw-request.ts'
import { type Citizen, type Request, request, type TestService } from './service.ts'
import type { Page, Visitor } from './visitor.ts'

// PINs and code cards over HTTP: what a person holds, how they walk, and how somebody guesses behind a first page.

const OPERATOR = { kind: 'operator', name: 'test' } as const

export async function setPin(at: TestService, citizen: Citizen, pin: string): Promise<void> {
  const { db, persons, pins } = at.service.parts
  const made = await pins.prepare((await persons.get(db, citizen.key))!, pin)
  if (!made.ok) throw new Error(`not a PIN to be set: ${made.fault}`)
  await pins.set(db, made.ready, OPERATOR)
}

/** The codes of a fresh card, number 1 first; an earlier one is worthless. */
export async function giveCard(at: TestService, citizen: Citizen): Promise<readonly string[]> {
  const { db, codeCards } = at.service.parts
  return (await codeCards.issue(db, citizen.key, OPERATOR, true)).codes
}

export interface Walk {
  readonly visitor: Visitor
  readonly asked: Request
  readonly page: Page
}

/** To the page of a method; where there is a choice, it is made. */
export async function begin(
  at: TestService,
  method: 'totp' | 'code-card',
  { visitor = at.visitor(), more = {} }: { visitor?: Visitor; more?: Record<string, string> } = {},
): Promise<Walk> {
  const asked = request(at.issuer, 'tax', more)
  const first = await visitor.open(asked.url)
  const page = first.html.includes('name="method"') ? await visitor.submit(first, { method }) : first
  return { visitor, asked, page }
}

/** To the question for the PIN, by the code of the app. */
export async function toPin(at: TestService, citizen: Citizen, walk?: Walk): Promise<Walk> {
  const from = walk ?? (await begin(at, 'totp'))
  at.clock.advance(30_000)
  const { scheme, code: person_code } = citizen
  const page = await from.visitor.submit(from.page, { scheme, person_code, code: citizen.oneTimeCode() })
  return { ...from, page }
}

/** To the question for a number of the card. */
export async function toNumber(
  at: TestService,
  who: { scheme: string; code: string },
  walk?: Walk,
): Promise<Walk & { number: number }> {
  const from = walk ?? (await begin(at, 'code-card'))
  const page = await from.visitor.submit(from.page, { scheme: who.scheme, person_code: who.code })
  return { ...from, page, number: numberOn(page) }
}

export function numberOn({ html, url }: Page): number {
  const number = /<label for="code">\D*(\d+)<\/label>/.exec(html)?.[1]
  if (number === undefined) throw new Error(`no number is asked for at ${url}`)
  return Number(number)
}

/** How many tries at this person's secret were looked at since the last right one. */
export async function lookedAt(at: TestService, factor: string, citizen: Citizen): Promise<number> {
  const { db, secrets } = at.service.parts
  const subject = openIndexer(secrets.get('throttle')).index(`subject|${factor}|${citizen.key}`)
  const [row] = await rows<{ failures: number }>(
    db,
    "select failures from throttle where subject = ? and browser = ''",
    [subject],
  )
  return row?.failures ?? 0
}

export interface Behind {
  /** What was looked at, by burst. */
  readonly evaluated: readonly number[]
  readonly letIn: number
  readonly said: Readonly<Record<string, number>>
}

/**
 * Burst after burst of wrong answers to a question that `open` leads to; after each the attacker waits as long as was asked.
 * @param guess fields of the n-th.
 */
export async function guessBehind(
  at: TestService,
  {
    factor,
    citizen,
    open,
    guess,
  }: {
    factor: string
    citizen: Citizen
    open(): Promise<Walk>
    guess(n: number): Record<string, string>
  },
  { guesses, sources, atOnce }: { guesses: number; sources: number; atOnce: number },
): Promise<Behind> {
  const evaluated: number[] = []
  const said: Record<string, number> = {}
  let letIn = 0
  for (let made = 0; made < guesses; made += atOnce) {
    const { visitor, page } = await open()
    const path = new URL(page.form!.action).pathname
    const cookies = visitor.cookies().filter((cookie) => cookie.path === '/' || path.startsWith(cookie.path))
    const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
    const before = await lookedAt(at, factor, citizen)
    const answers = await Promise.all(
      Array.from({ length: Math.min(atOnce, guesses - made) }, (_, n) =>
        raw(at.issuer, {
          method: 'POST',
          path,
          headers: { ...FORM, accept: 'text/html', 'accept-language': 'en', cookie },
          body: new URLSearchParams(guess(made + n)).toString(),
          from: address((made + n) % sources),
        }),
      ),
    )
    const after = await lookedAt(at, factor, citizen)
    // A stop that has run out begins the count anew.
    evaluated.push(after >= before ? after - before : after)
    let wait = 0
    for (const { status, body, headers } of answers) {
      wait = Math.max(wait, Number(headers['retry-after'] ?? 0))
      if (String(headers.location ?? '').includes('code=')) letIn++
      const word = status < 400 ? 'none' : (/PRT-\d{4}/.exec(body)?.[0] ?? 'none')
      said[word] = (said[word] ?? 0) + 1
    }
    at.clock.advance(Math.min(wait, 3_600) * 1_000 + 1_000)
  }
  return { evaluated, letIn, said }
}

/** Six digits other than the right ones. */
export const otherThan = (right: string, n: number): string =>
  String((Number(right) + 1 + ((n * 7_919) % 999_998)) % 1_000_000).padStart(6, '0')
