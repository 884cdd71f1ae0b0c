import { randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import { pause } from '../../src/platform/clock.ts'
import { rows } from '../../src/platform/db.ts'
import { refOf } from '../../src/sessions/live.ts'
import type { Nodes } from './nodes.ts'
import { callback, form, redeem, refresh, request, userInfo } from './service.ts'
import type { Page, Visitor } from './visitor.ts'

// Races over HTTP, each a function of how many rounds, so that the short and the long run do the same. Every one answers
// what happened, counted; the test says what may happen.

export const SSO_AGENCIES = Array.from({ length: 10 }, (_, n) => `site-${n}`)

const times = async <T>(count: number, work: (n: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, n) => work(n)))

/** Another tab of the same browser, as its cookies stand now. */
function tab(at: Nodes, browser: Visitor): Visitor {
  const visitor = at.visitor()
  visitor.adopt(browser.cookies())
  return visitor
}

/** Comes again while the node says that it is full: what races is meant to be looked at, not who is let in to it. */
async function open(visitor: Visitor, url: string, headers: Readonly<Record<string, string>> = {}): Promise<Page> {
  for (let tries = 0; ; tries++) {
    const page = await visitor.open(url, headers)
    if (page.status !== 503 || tries === 200) return page
    await pause(100)
  }
}

async function signedIn(at: Nodes, agency = 'tax'): Promise<Visitor> {
  const visitor = at.visitor()
  const page = await open(visitor, request(at.issuer, agency).url)
  const { person, code } = await at.somebody()
  const answer = callback(await visitor.submit(page, { scheme: person.scheme, person_code: person.code, code }))
  if (answer.code === undefined) throw new Error(`the sign-in came back with ${answer.error}`)
  return visitor
}

/** The session's row on the list, by the id that the browser holds; `at`: the agencies that it names. */
async function listed({ db }: Nodes, browser: Visitor): Promise<{ live: boolean; at: readonly string[] } | undefined> {
  const id = browser.cookies().find(({ name }) => name === '__Host-idp_sid')?.value
  if (id === undefined) return undefined
  const [found] = await rows<{ live: boolean; at: string[] }>(
    db,
    `select ended_at is null as live, array(select client from live_session_party p where p.ref = s.ref order by 1) as at
     from live_session s where ref = ?`,
    [refOf(id.split('.')[0]!)],
  )
  return found
}

const count = <T>(all: readonly T[], wanted: (one: T) => boolean): number => all.filter(wanted).length

/** A browser that opens many agencies at once in one session; redeems when all codes are there. */
export async function tabsAtOnce(at: Nodes, rounds: number, agencies: readonly string[]) {
  let lost = 0
  let unlisted = 0
  const why: string[] = []
  for (let round = 0; round < rounds; round++) {
    const browser = await signedIn(at)
    const codes = await Promise.all(
      agencies.map(async (agency) => {
        const asked = request(at.issuer, agency)
        return { agency, asked, answer: callback(await open(tab(at, browser), asked.url)) }
      }),
    )
    const tokens = await Promise.all(
      codes.map(({ agency, asked, answer }) => redeem(at.issuer, agency, answer.code ?? '', asked.verifier)),
    )
    const known = await Promise.all(
      tokens.map(async ({ access_token: token }) => token && (await userInfo(at.issuer, token)).status === 200),
    )
    lost += count(known, (one) => !one)
    const row = await listed(at, browser)
    unlisted += count([...new Set(agencies)], (agency) => !row?.live || !row.at.includes(agency))
    for (const { status, ...answer } of tokens) if (status !== 200) why.push(JSON.stringify({ status, ...answer }))
  }
  return { tabs: rounds * agencies.length, lost, unlisted, why: [...new Set(why)] }
}

/** Two tabs of one agency that ask for different things at once, for the first time in this session. */
export async function scopesAtOnce(at: Nodes, rounds: number) {
  const wishes = ['openid profile', 'openid person_code'] as const
  const missing: string[] = []
  for (let round = 0; round < rounds; round++) {
    const browser = await signedIn(at, 'social')
    const visits = await Promise.all(
      wishes.map(async (scope) => {
        const asked = request(at.issuer, 'tax', { scope })
        return { asked, code: callback(await open(tab(at, browser), asked.url)).code }
      }),
    )
    const told = await Promise.all(
      visits.map(async ({ asked, code }) => {
        const { access_token: token } = await redeem(at.issuer, 'tax', code ?? '', asked.verifier)
        return token === undefined ? { status: 0 } : userInfo(at.issuer, token)
      }),
    )
    if (!('name' in told[0]!)) missing.push('name')
    if (!('person_code' in told[1]!)) missing.push('person_code')
  }
  return { rounds, missing }
}

/** Two tabs with the same agency's form, filled in one after the other by one person; both codes are redeemed afterwards. */
export async function formsAtOnce(at: Nodes, rounds: number) {
  const why: string[] = []
  for (let round = 0; round < rounds; round++) {
    const browser = at.visitor()
    const asked = [request(at.issuer, 'tax'), request(at.issuer, 'tax')]
    const pages = [await open(browser, asked[0]!.url), await open(browser, asked[1]!.url)]
    const answers: Record<string, string>[] = []
    for (const page of pages) {
      const { person, code } = await at.somebody()
      // One person: the second tab takes the next code, or the session that the first one made.
      const typed = { scheme: 'TH', person_code: person.code, code }
      answers.push(callback(await browser.submit(page, typed)))
      if (answers.length === 1) at.again(person)
    }
    for (const [n, { code }] of answers.entries()) {
      const { status, ...answer } = await redeem(at.issuer, 'tax', code ?? '', asked[n]!.verifier)
      if (status !== 200) why.push(`tab ${n + 1}: ${JSON.stringify({ status, ...answer })}`)
    }
  }
  return { rounds, lost: why.length, why: [...new Set(why)] }
}

export interface Once {
  readonly rounds: number
  /** Rounds in which not exactly one caller got through. */
  readonly wrong: number
  /** By round, how many got through. */
  readonly seen: readonly number[]
}

const once = (seen: readonly number[]): Once => ({
  rounds: seen.length,
  wrong: count(seen, (one) => one !== 1),
  seen: [...new Set(seen)],
})

const PARALLEL = 50

export async function codesAtOnce(at: Nodes, rounds: number): Promise<Once> {
  const browser = await signedIn(at)
  const seen: number[] = []
  for (let round = 0; round < rounds; round++) {
    const asked = request(at.issuer, 'tax')
    const { code } = callback(await open(browser, asked.url))
    const answers = await times(PARALLEL, () => redeem(at.issuer, 'tax', code!, asked.verifier))
    seen.push(count(answers, ({ status }) => status === 200))
    // Whoever lost has ended the grant; the browser's next visit makes another.
  }
  return once(seen)
}

export async function refreshesAtOnce(at: Nodes, rounds: number): Promise<Once> {
  const browser = await signedIn(at, 'social')
  const seen: number[] = []
  for (let round = 0; round < rounds; round++) {
    const asked = request(at.issuer, 'social')
    const { code } = callback(await open(browser, asked.url))
    const { refresh_token: token } = await redeem(at.issuer, 'social', code!, asked.verifier)
    const answers = await times(PARALLEL, () => refresh(at.issuer, 'social', token ?? ''))
    seen.push(count(answers, ({ status }) => status === 200))
  }
  return once(seen)
}

export async function assertion(at: Nodes): Promise<Record<string, string>> {
  const signed = await new SignJWT({})
    .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
    .setIssuer('keyed')
    .setSubject('keyed')
    .setAudience(at.issuer)
    .setIssuedAt()
    .setExpirationTime('60s')
    .setJti(randomUUID())
    .sign(at.agencyKey)
  return {
    client_id: 'keyed',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: signed,
  }
}

export async function assertionsAtOnce(at: Nodes, rounds: number): Promise<Once> {
  const seen: number[] = []
  for (let round = 0; round < rounds; round++) {
    const proof = await assertion(at)
    const asked = Object.fromEntries(new URL(request(at.issuer, 'keyed').url).searchParams)
    const answers = await times(PARALLEL, () => form(`${at.issuer}/request`, { ...asked, ...proof }))
    seen.push(count(answers, ({ status }) => status === 201))
  }
  return once(seen)
}

/** One person's code typed into fifty browsers at once. */
export async function oneTimeCodesAtOnce(at: Nodes, rounds: number): Promise<Once> {
  const seen: number[] = []
  for (let round = 0; round < rounds; round++) {
    const { person, code } = await at.somebody()
    // From another address each time: forty-nine wrong codes are as much as one may send.
    const from = { 'x-forwarded-for': `10.1.${Math.floor(round / 250)}.${(round % 250) + 1}` }
    const forms = await times(PARALLEL, async () => {
      const visitor = at.visitor()
      return { visitor, page: await open(visitor, request(at.issuer, 'tax').url, from) }
    })
    const answers = await Promise.all(
      forms.map(({ visitor, page }) => visitor.submit(page, { scheme: 'TH', person_code: person.code, code }, from)),
    )
    seen.push(count(answers, ({ headers }) => headers.get('location')?.includes('code=') ?? false))
  }
  return once(seen)
}

/** A sign-out in one tab while two others are on their way into another agency. */
export async function signOutsAgainstTabs(at: Nodes, rounds: number) {
  let revived = 0
  let living = 0
  let codes = 0
  /** Sessions that the list takes for alive. */
  let stillListed = 0
  for (let round = 0; round < rounds; round++) {
    const browser = await signedIn(at)
    const leaving = await browser.open(`${at.issuer}/session/end`)
    const left = tab(at, browser)
    const tabs = [tab(at, browser), tab(at, browser)]
    const asked = tabs.map(() => request(at.issuer, 'social'))
    const out = tab(at, browser)
    const [, ...pages] = await Promise.all([
      out.submit(leaving, { logout: 'yes' }),
      ...tabs.map((visitor, n) => visitor.open(asked[n]!.url)),
    ])
    // Whatever any tab holds now, nobody is signed in with it, and no token of it lives.
    for (const visitor of [out, browser, ...tabs]) {
      const after = callback(await open(visitor, request(at.issuer, 'tax', { prompt: 'none' }).url))
      if (after.error !== 'login_required') revived++
    }
    const row = await listed(at, left)
    if (!row || row.live) stillListed++
    for (const [n, page] of pages.entries()) {
      const { code } = page.headers.get('location') ? callback(page) : { code: undefined }
      if (code === undefined) continue
      codes++
      const tokens = await redeem(at.issuer, 'social', code, asked[n]!.verifier)
      if (tokens.status !== 200) continue
      const alive = (await userInfo(at.issuer, tokens.access_token)).status === 200
      if (alive || (await refresh(at.issuer, 'social', tokens.refresh_token ?? '')).status === 200) living++
    }
  }
  return { rounds, codes, revived, living, stillListed }
}
