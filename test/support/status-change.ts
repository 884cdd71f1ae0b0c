import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { codeAt } from '../../src/methods/totp/code.ts'
import type { Parts } from '../../src/parts.ts'
import type { Person } from '../../src/persons/person.ts'
import { pause, systemClock } from '../../src/platform/clock.ts'
import { testFolder } from './folder.ts'
import { type Load, load } from './load.ts'
import { type Node, type Nodes, startNodes } from './nodes.ts'
import { FORM, raw } from './raw-request.ts'
import { basic, callback, type Request, redeem, request } from './service.ts'
import { thaiCode } from './sign-in.ts'
import type { Visitor } from './visitor.ts'

// People whose status changes while others sign in on two nodes: for how long anything of theirs is still good for
// something, on each node, and whether anybody else notices.

const OPERATOR = { kind: 'operator', name: 'test' } as const
const FIRST = 80_000
const BYSTANDERS = 2

export interface Settings {
  readonly databaseUrl: string
  readonly redisUrl: string
  readonly perSecond: number
  /** So many people, one after the other; half are locked, half suspended. */
  readonly changes: number
  /** Milliseconds between two changes. */
  readonly every: number
}

export interface Outcome {
  readonly load: Load
  /** Milliseconds after the commit at which the last use of anything of theirs succeeded, of each; 0: none did. */
  readonly lasted: readonly number[]
  /** Uses that were tried after the change, and how many of them succeeded after five seconds. */
  readonly tried: number
  readonly late: number
  /** Bystanders whose session or token was touched. */
  readonly noticed: number
}

interface Holder {
  readonly person: Person
  readonly visitor: Visitor
  readonly access: string
  readonly refresh: string
  /** One for each node. */
  readonly codes: readonly { readonly code: string; readonly asked: Request }[]
}

export async function changeStatuses(settings: Settings): Promise<Outcome> {
  let parts!: Parts
  const count = BYSTANDERS + settings.changes
  const at = await startNodes({
    ...settings,
    people: Math.max(60, settings.perSecond * 35),
    async fill(opened) {
      parts = opened
      await enter(opened, count)
    },
  })
  try {
    const bystanders: Holder[] = []
    for (let n = 0; n < BYSTANDERS; n++) bystanders.push(await hold(at, parts, n))
    const lasted: number[] = []
    let [tried, late] = [0, 0]
    async function change(): Promise<void> {
      for (let n = BYSTANDERS; n < count; n++) {
        // Just before: a code lives for a minute.
        const holder = await hold(at, parts, n)
        const watched = await watch(at, holder, () =>
          n % 2 === 0
            ? parts.persons.setStatus(parts.db, holder.person.key, 'suspended', { actor: OPERATOR, reason: 'a test' })
            : parts.persons.setLocked(parts.db, holder.person.key, true, { actor: OPERATOR, reason: 'a test' }),
        )
        lasted.push(watched.lasted)
        tried += watched.tried
        late += watched.late
        await pause(settings.every)
      }
    }
    const result = await load(at, settings.perSecond, change())
    let noticed = 0
    for (const one of bystanders) {
      for (const node of at.nodes) if (!(await allStands(at, node, one))) noticed++
      if (!(await refreshed(at, at.nodes[0]!, one))) noticed++
    }
    return { load: result, lasted, tried, late, noticed }
  } finally {
    await at.close()
  }
}

/** Tries everything on both nodes, again and again, from just before the change until some time after it. */
async function watch(at: Nodes, holder: Holder, change: () => Promise<unknown>) {
  if (!(await allStands(at, at.nodes[0]!, holder))) throw new Error('what is to end did not stand before')
  let [tried, late, lasted] = [0, 0, 0]
  await change()
  const committed = systemClock.now()
  const uses = at.nodes.flatMap((node, n) => [
    () => userInfo(at, node, holder),
    () => introspected(at, node, holder),
    () => refreshed(at, node, holder),
    () => signedIn(at, node, holder),
    () => redeemed(at, node, holder.codes[n]!),
  ])
  for (let rounds = 0; rounds < 4; rounds++) {
    const results = await Promise.all(
      uses.map(async (use) => {
        const begun = systemClock.now()
        return { begun, good: await use() }
      }),
    )
    tried += results.length
    for (const { begun, good } of results) {
      if (!good) continue
      lasted = Math.max(lasted, begun - committed)
      if (begun - committed > 5_000) late++
    }
    await pause(250)
  }
  return { tried, late, lasted }
}

async function allStands(at: Nodes, node: Node, holder: Holder): Promise<boolean> {
  const [told, active, inside] = await Promise.all([
    userInfo(at, node, holder),
    introspected(at, node, holder),
    signedIn(at, node, holder),
  ])
  return told && active && inside
}

const ask = (at: Nodes, node: Node, asked: Parameters<typeof raw>[1]) =>
  raw(`http://localhost:${node.port}`, { ...asked, headers: { host: new URL(at.issuer).host, ...asked.headers } })

const posted = (at: Nodes, node: Node, path: string, fields: Record<string, string>) =>
  ask(at, node, {
    ...{ method: 'POST', path, body: new URLSearchParams(fields).toString() },
    headers: { ...FORM, ...basic('social') },
  })

const userInfo = async (at: Nodes, node: Node, { access }: Holder): Promise<boolean> =>
  (await ask(at, node, { path: '/userinfo', headers: { authorization: `Bearer ${access}` } })).status === 200

const introspected = async (at: Nodes, node: Node, { access }: Holder): Promise<boolean> =>
  (JSON.parse((await posted(at, node, '/token/introspection', { token: access })).body) as { active: boolean }).active

const refreshed = async (at: Nodes, node: Node, { refresh }: Holder): Promise<boolean> =>
  (await posted(at, node, '/token', { grant_type: 'refresh_token', refresh_token: refresh })).status === 200

async function redeemed(at: Nodes, node: Node, { code, asked }: Holder['codes'][number]): Promise<boolean> {
  const fields = { grant_type: 'authorization_code', code, code_verifier: asked.verifier }
  return (await posted(at, node, '/token', { ...fields, redirect_uri: callbackOf('social') })).status === 200
}

async function signedIn(at: Nodes, node: Node, { visitor }: Holder): Promise<boolean> {
  const { url } = request(at.issuer, 'tax', { prompt: 'none' })
  const cookie = visitor.cookies().map(({ name, value }) => `${name}=${value}`)
  const { pathname, search } = new URL(url)
  for (;;) {
    const asked = { path: pathname + search, headers: { cookie: cookie.join('; ') } }
    const { status, headers } = await ask(at, node, asked)
    // A node that has too much to do says so; whoever means to come in asks again.
    if (status !== 503) return new URL(String(headers.location)).searchParams.has('code')
    await pause(100)
  }
}

const callbackOf = (agency: string): string => `http://localhost:9/${agency}/callback`

async function enter(parts: Parts, count: number): Promise<void> {
  const folder = testFolder()
  const file = join(folder.path, 'people.jsonl')
  const line = (n: number) => ({
    ...{ scheme: 'TH', code: thaiCode(FIRST + n), kind: 'citizen', status: 'active' },
    ...{ given_name: `ผู้ถือ${n}`, family_name: 'ตัวอย่าง' },
  })
  writeFileSync(file, Array.from({ length: count }, (_, n) => `${JSON.stringify(line(n))}\n`).join(''))
  await parts.importPersons({ path: file, strict: true, actor: OPERATOR })
  folder.remove()
}

/** Signs somebody in, and leaves them with a session, tokens and codes that nobody has redeemed. */
async function hold(at: Nodes, { db, persons, credentials }: Parts, n: number): Promise<Holder> {
  const personCode = thaiCode(FIRST + n)
  const person = (await persons.find(db, 'TH', personCode))!
  const { secret } = await credentials.enrolTotp(db, person.key, OPERATOR)
  const visitor = at.visitor()
  const asked = request(at.issuer, 'social')
  const form = await visitor.open(asked.url)
  const fields = { scheme: 'TH', person_code: personCode, code: codeAt(secret, systemClock.now()).code }
  const { code } = callback(await visitor.submit(form, fields))
  const tokens = await redeem(at.issuer, 'social', code!, asked.verifier)
  const codes: { code: string; asked: Request }[] = []
  for (let n = 0; n < at.nodes.length; n++) {
    const again = request(at.issuer, 'social')
    codes.push({ code: callback(await visitor.open(again.url)).code!, asked: again })
  }
  return { person, visitor, access: tokens.access_token, refresh: tokens.refresh_token!, codes }
}
