import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FORM, type RawAnswer, raw } from './raw-request.ts'
import { type Citizen, request, type TestService } from './service.ts'
import { thaiCode } from './sign-in.ts'
import { countStatements } from './statements.ts'

// Somebody who guesses: at one person's code from many addresses at once, or at who is in the register.

const OPERATOR = { kind: 'operator', name: 'test' } as const

/** A sign-in begun by the attacker, good for as many tries as they like. */
export interface Foothold {
  readonly path: string
  readonly cookie: string
}

export async function foothold(at: TestService): Promise<Foothold> {
  const visitor = at.visitor()
  const page = await visitor.open(request(at.issuer, 'tax').url)
  const path = new URL(page.url).pathname
  const cookies = visitor.cookies().filter((cookie) => cookie.path === '/' || path.startsWith(cookie.path))
  return { path, cookie: cookies.map(({ name, value }) => `${name}=${value}`).join('; ') }
}

/** An address of this machine's own: 127.0.0.0/8 has sixteen million. */
export const address = (n: number): string =>
  `127.${1 + Math.floor(n / 62_500)}.${Math.floor(n / 250) % 250}.${2 + (n % 250)}`

export async function tryCode(
  at: TestService,
  { path, cookie }: Foothold,
  fields: Record<string, string>,
  from?: string,
): Promise<RawAnswer & { code: string | undefined }> {
  const answer = await raw(at.issuer, {
    method: 'POST',
    path: path === '/activate' ? path : `${path}/totp`,
    headers: { ...FORM, accept: 'text/html', 'accept-language': 'en', cookie },
    body: new URLSearchParams(fields).toString(),
    ...(from === undefined ? {} : { from }),
  })
  return { ...answer, code: answer.status < 400 ? undefined : /PRT-\d{4}/.exec(answer.body)?.[0] }
}

/** A six-digit code that is not one of this person's now. */
function wrongCode(citizen: Citizen, n: number): string {
  const right = [-1, 0, 1].map((later) => citizen.oneTimeCode(later))
  for (let guess = (n * 7_919) % 1_000_000; ; guess = (guess + 1) % 1_000_000) {
    const code = String(guess).padStart(6, '0')
    if (!right.includes(code)) return code
  }
}

export interface Guessed {
  /** Tries that were looked at, in the order of the bursts. */
  readonly evaluated: readonly number[]
  readonly turnedAway: number
  readonly others: Readonly<Record<string, number>>
}

/** Burst after burst of wrong codes at one person; after each burst the attacker waits as long as was asked of them. */
export async function guess(
  at: TestService,
  citizen: Citizen,
  { guesses, sources, atOnce }: { guesses: number; sources: number; atOnce: number },
): Promise<Guessed> {
  const evaluated: number[] = []
  const others: Record<string, number> = {}
  let turnedAway = 0
  for (let made = 0; made < guesses; made += atOnce) {
    const foot = await foothold(at)
    const answers = await Promise.all(
      Array.from({ length: Math.min(atOnce, guesses - made) }, (_, n) =>
        tryCode(
          at,
          foot,
          { scheme: citizen.scheme, person_code: citizen.code, code: wrongCode(citizen, made + n) },
          address((made + n) % sources),
        ),
      ),
    )
    evaluated.push(answers.filter(({ code }) => code === 'PRT-1201').length)
    let wait = 0
    for (const { code, headers } of answers) {
      wait = Math.max(wait, Number(headers['retry-after'] ?? 0))
      if (code === 'PRT-1203' || code === 'PRT-1204' || code === 'PRT-1005') turnedAway++
      else if (code !== 'PRT-1201') others[code ?? 'let in'] = (others[code ?? 'let in'] ?? 0) + 1
    }
    // Patient as the page asks, but not for a stop of days: whoever guesses goes on.
    at.clock.advance(Math.min(wait, 3_600) * 1_000 + 1_000)
  }
  return { evaluated, turnedAway, others }
}

/** So many people more in the register, every second with a one-time code. @returns their person codes. */
export async function populate(at: TestService, count: number, first = 6_000_000): Promise<string[]> {
  const { db, persons, credentials, importPersons } = at.service.parts
  const codes = Array.from({ length: count }, (_, n) => thaiCode(first + n))
  const folder = mkdtempSync(join(tmpdir(), 'pratu-guessing-'))
  const path = join(folder, 'people.jsonl')
  const person = {
    scheme: 'TH',
    kind: 'citizen',
    status: 'active',
    given_name: 'ก',
    family_name: 'ข',
    birth_date: '1990',
  }
  writeFileSync(path, codes.map((code) => `${JSON.stringify({ ...person, code })}\n`).join(''))
  const loaded = await importPersons({ path, strict: true, actor: OPERATOR })
  if (!loaded.loaded) throw new Error('the people could not be imported')
  rmSync(folder, { recursive: true })
  for (const [n, code] of codes.entries())
    if (n % 2 === 0) await credentials.enrolTotp(db, (await persons.find(db, 'TH', code))!.key, OPERATOR)
  return codes
}

export interface Told {
  readonly known: boolean
  readonly status: number
  /** Without what is random in every page, and without what was typed. */
  readonly body: string
  readonly took: number
  readonly statements: number
}

/** Every code once, known and unknown in turns, each from an address of its own. */
export async function enumerate(
  at: TestService,
  known: readonly string[],
  unknown: readonly string[],
  fields: Record<string, string>,
  door: () => Promise<Foothold>,
): Promise<Told[]> {
  const statements = countStatements(at.service.parts.db)
  const told: Told[] = []
  let foot = await door()
  for (const [n, code] of known.entries()) {
    if (n % 100 === 0) foot = await door()
    // Who comes first changes, so that nobody profits from a warm path.
    const pair = [
      { code, known: true },
      { code: unknown[n]!, known: false },
    ]
    for (const each of n % 2 === 0 ? pair : pair.toReversed()) {
      const before = statements.count()
      const answer = await tryCode(at, foot, { scheme: 'TH', person_code: each.code, ...fields }, address(told.length))
      const body = answer.body
        .replaceAll(each.code, 'CODE')
        .replaceAll(String(answer.headers['x-request-id']), 'REQUEST')
        .replaceAll(foot.path, 'PATH')
        .replaceAll(/nonce="[^"]*"/g, '')
      told.push({
        known: each.known,
        status: answer.status,
        body,
        took: answer.took,
        statements: statements.count() - before,
      })
    }
  }
  statements.stop()
  return told
}

/** The chance that a known code takes longer than an unknown one (Mann and Whitney's U, as an area): 0.5 tells nothing. */
export function area(told: readonly Told[]): number {
  const ordered = told.toSorted((a, b) => a.took - b.took)
  const ranks = ordered.reduce((sum, { known }, rank) => sum + (known ? rank + 1 : 0), 0)
  const known = told.filter((each) => each.known).length
  return (ranks - (known * (known + 1)) / 2) / (known * (told.length - known))
}
