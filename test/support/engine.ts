import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { jest } from '@jest/globals'
import Koa, { type Context } from 'koa'
import type { Entry } from '../../src/audit/entry.ts'
import type { Client } from '../../src/clients/relying-party.ts'
import type { Assurance } from '../../src/identity/assurance.ts'
import { type PersonKey, personKey } from '../../src/identity/identifiers.ts'
import type { Json } from '../../src/identity/json.ts'
import { Problem, TROUBLE } from '../../src/identity/trouble.ts'
import type { Along } from '../../src/login/flow.ts'
import { type Engine, openEngine } from '../../src/oidc/engine.ts'
import type { Interaction } from '../../src/oidc/interaction.ts'
import type { ConsentAnswer, Needs, Resource, Terms } from '../../src/oidc/needs.ts'
import type { EndedSession, Refusal } from '../../src/oidc/pages.ts'
import type { Person } from '../../src/persons/person.ts'
import type { Db } from '../../src/platform/db.ts'
import { type Artifacts, ArtifactsUnavailable } from '../../src/sessions/artifacts.ts'
import type { Party, Seen, Why } from '../../src/sessions/live.ts'
import { openMemoryArtifacts } from '../../src/sessions/memory.ts'
import { publicJwkOf, signerOf, thumbprint } from '../../src/signing/key-pair.ts'
import type { RingKey } from '../../src/signing/ring.ts'
import type { Algorithm } from '../../src/signing/vault.ts'
import { social, tax } from './agencies.ts'
import { type TestClock, testClock } from './clock.ts'
import { testKey, testKeys, testRandom } from './keys.ts'
import { openVisitor, type Visitor } from './visitor.ts'

// The protocol engine alone, over real HTTP: a small app around it, its neighbours given as plain values that a test may
// change while it runs. The clock is the test's, for the library too.

export const SOMCHAI = personKey('11111111-1111-4111-8111-111111111111')
export const MALEE = personKey('22222222-2222-4222-8222-222222222222')

export interface World {
  readonly url: string
  readonly clock: TestClock
  readonly engine: Engine
  readonly artifacts: Artifacts
  /** Calls of the sessions store since the start, by name. */
  readonly calls: string[]
  /** Names of store calls that fail as if the store were gone. */
  readonly broken: Set<string>
  /** Done once, just before a store call of this name. */
  readonly before: Map<string, () => Promise<unknown>>
  readonly entries: Entry[]
  /** What agencies' servers were refused, and why. */
  readonly refusals: Refusal[]
  readonly clients: Map<string, Client>
  readonly terms: Map<string, Partial<Terms>>
  readonly resources: Map<string, Resource>
  /** What decide would release, and would ask about. */
  release: Record<string, Json>
  ask: string[]
  readonly answers: ConsentAnswer[]
  readonly barred: Set<string>
  /** Who was read lately. */
  readonly lately: Map<PersonKey, Person>
  readonly keys: TestRing
  /** Whom the ends of sessions were announced to; only those who want to hear of it. */
  readonly notices: Notice[]
  /** The key whose taking up is being watched. */
  watched: { readonly kid: string; readonly since: number } | undefined
  /** What was seen of it. */
  readonly taking: string[]
  /** What the list of sessions was told, in order. */
  readonly seen: Seen[]
  /** Sessions that somebody ended everywhere, as their page would show them. */
  readonly ended: EndedSession[]
  /** Why sessions ended. */
  readonly whys: Why[]
  /** Writing the audit fails. */
  auditBroken: boolean
  /** Outgoing requests of the engine, and what they are answered. */
  fetch: typeof globalThis.fetch
  readonly assertionKey: KeyObject
  visitor(): Visitor
  close(): Promise<void>
}

export interface Notice extends Party {
  readonly person: PersonKey
}

export interface TestRing {
  list: RingKey[]
  healthy: boolean
  add(state: RingKey['state'], alg?: Algorithm): RingKey
  changed(): void
}

export interface Options {
  readonly production?: boolean
  readonly artifacts?: (clock: TestClock) => Promise<Artifacts>
  /** The page of an interaction is the answer to the request that begins it, as at the service; otherwise a redirect to it. */
  readonly firstPage?: boolean
  /** What is done before it is shown. */
  readonly beforePage?: () => void
}

export async function openWorld({
  production = false,
  artifacts: open,
  firstPage = false,
  beforePage,
}: Options = {}): Promise<World> {
  const clock = testClock()
  jest.spyOn(Date, 'now').mockImplementation(() => clock.now())
  const random = testRandom()
  const assertionPair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  // Through JSON, as the register has it: the library takes objects of another realm for foreign.
  const publicJwk = JSON.parse(JSON.stringify(assertionPair.publicKey.export({ format: 'jwk' }))) as Json
  const keys = testRing()
  keys.add('signing')
  const calls: string[] = []
  const broken = new Set<string>()
  const inner = (await open?.(clock)) ?? openMemoryArtifacts({ clock })
  const before = new Map<string, () => Promise<unknown>>()
  const artifacts = watched(inner, calls, broken, before)
  const entries: Entry[] = []

  const app = new Koa()
  app.silent = true
  const server = createServer((request, response) => void app.callback()(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://localhost:${(server.address() as AddressInfo).port}`

  const world = {
    url,
    clock,
    artifacts,
    calls,
    broken,
    before,
    entries,
    refusals: [] as Refusal[],
    notices: [] as Notice[],
    watched: undefined as World['watched'],
    taking: [] as string[],
    seen: [] as Seen[],
    ended: [] as EndedSession[],
    whys: [] as Why[],
    clients: new Map<string, Client>(),
    terms: new Map<string, Partial<Terms>>(),
    resources: new Map<string, Resource>(),
    release: {} as Record<string, Json>,
    ask: [] as string[],
    answers: [] as ConsentAnswer[],
    barred: new Set<string>(),
    lately: new Map<PersonKey, Person>(),
    keys,
    auditBroken: false,
    fetch: (() => Promise.reject(new Error('no network'))) as typeof globalThis.fetch,
    assertionKey: assertionPair.privateKey,
  }
  for (const client of [tax(), social({ jwks: { keys: [publicJwk] } })]) world.clients.set(client.id, client)

  const tell = (person: PersonKey, parties: readonly Party[]): void => {
    const wants = (client: string) => world.clients.get(client)?.metadata.backchannel_logout_uri !== undefined
    world.notices.push(...parties.filter(({ client }) => wants(client)).map((party) => ({ ...party, person })))
  }

  /** Keeps what was appended when the work ends well, as a database would. */
  const db = {
    transaction: async () => {
      const staged: Entry[] = []
      const commit = async () => void entries.push(...staged)
      return { staged, transaction: db.transaction, commit, rollback: async () => undefined }
    },
  } as unknown as Db

  const needs: Needs = {
    issuer: production ? url.replace('http:', 'https:') : url,
    production,
    db,
    audit: {
      append: async (tx, ...appended) => {
        if (world.auditBroken) throw new Error('the database is gone')
        const { staged = entries } = tx as unknown as { staged?: Entry[] }
        staged.push(...appended)
      },
    },
    artifacts,
    clock,
    random,
    ring: keys.ring,
    uptake: {
      watched: () => world.watched,
      redeemed: ({ client }) => void world.taking.push(`redeemed ${client}`),
      returned: ({ client }) => void world.taking.push(`returned ${client}`),
      used: ({ client }) => void world.taking.push(`used ${client}`),
      showed: ({ client }) => void world.taking.push(`showed ${client}`),
    },
    clients: { find: (id) => world.clients.get(id) },
    people: {
      find: async (person) => (world.barred.has(person) ? undefined : ({ key: person } as Person)),
      lately: (person) => world.lately.get(person),
      keep: (person) => void world.lately.set(person.key, person),
      async confirm({ key }, entry) {
        if (world.auditBroken) throw new Error('the database is gone')
        if (world.barred.has(key)) return false
        if (entry) entries.push(entry)
        return true
      },
    },
    disclosure: {
      scopes: { profile: ['name', 'birthdate'], person_code: ['person_code'] },
      claims: ['name', 'birthdate', 'person_code', 'person_kind'],
      decide: async ({ scopes, claims }) => {
        const asked = [...claims, ...scopes.flatMap((scope) => (scope === 'profile' ? ['name', 'birthdate'] : []))]
        const allowed = Object.entries(world.release).filter(([name]) => asked.includes(name))
        return { release: Object.fromEntries(allowed), ask: world.ask.filter((name) => asked.includes(name)) }
      },
      answer: async (given) => {
        world.answers.push(given)
        if (given.answer === 'allow') world.ask = world.ask.filter((name) => !given.claims.includes(name))
      },
      resource: (_client, uri) => world.resources.get(uri),
      guards: (client) => (client.metadata.guards as string[] | undefined) ?? [],
    },
    terms: (client) => ({
      floor: 'low',
      reachable: 'substantial',
      reaches: { 'smart-card': 'substantial', totp: 'low' },
      refresh: true,
      ...world.terms.get(client.id),
    }),
    methods: ['smart-card', 'totp'],
    cookieKeys: testKeys('cookies'),
    pairwiseSalt: testKey('pairwise'),
    fetch: (input, init) => world.fetch(input, init),
    pages: {
      error: (ctx, code, _values, oauth) => page(ctx, { page: 'error', code, ...oauth }, TROUBLE[code].status),
      formPost: (ctx, action, fields) => page(ctx, { page: 'form-post', ...fields }, 200, action),
      switchAccount: (ctx, { action, fields }) => page(ctx, { page: 'switch', ...fields }, 200, action),
      logout: (ctx, { action, xsrf, client, parties }) =>
        page(ctx, { page: 'logout', xsrf, client: client ?? '', parties: parties.join(' ') }, 200, action),
      ended: (_ctx, ended) => void world.ended.push(ended),
      refused: (_ctx, refusal) => void world.refusals.push(refusal),
      loggedOut: (ctx, { client }) => page(ctx, { page: 'logged-out', client: client ?? '' }, 200),
    },
    session: { idle: 1800, idleHigh: 900, absolute: 43_200 },
    receipts: { find: async () => [] },
    live: {
      async note(tx, seen, ...noted) {
        const [first, ...others] = noted
        if (first) await needs.audit.append(tx, first, ...others)
        world.seen.push(seen)
      },
      begin: (seen, entry) => [{ sql: '', values: [entry, seen] }],
      async end(_db, _ref, why, _by, how) {
        world.whys.push(why)
        if (how?.known) tell(how.known.person, how.known.parties)
        return 'ended'
      },
      settled: async () => undefined,
      leave: async (_db, _ref, person, left) => tell(person, [left]),
      async unlist(_db, uid) {
        world.seen.splice(0, world.seen.length, ...world.seen.filter((one) => one.uid !== uid))
      },
    },
  }
  const engine = openEngine(needs)
  /** The statement of whoever lets somebody in, which writes these along. */
  const letIn = async (along: Along | undefined): Promise<void> => {
    if (world.auditBroken) throw new Error('the database is gone')
    for (const { values } of along?.parts ?? []) {
      const [entry, seen] = values as readonly [Entry, Seen]
      entries.push(entry)
      world.seen.push(seen)
    }
  }

  app.use(async (ctx, next) => {
    ctx.state.requestId = 'request-1'
    try {
      await next()
    } catch (error) {
      const code =
        error instanceof Problem ? error.code : error instanceof ArtifactsUnavailable ? 'PRT-5002' : 'PRT-5004'
      ctx.status = TROUBLE[code].status
      ctx.body = { code, message: code === 'PRT-5004' ? (error as Error).message : undefined }
    }
  })
  app.use((ctx, next) => door({ engine, letIn, people: needs.people }, ctx, next))
  app.use((ctx) => {
    const show = async () => {
      beforePage?.()
      question(ctx, await engine.interaction(ctx))
    }
    const unknown = async () => {
      ctx.status = 404
    }
    return engine.middleware(ctx, unknown, firstPage ? show : undefined)
  })

  return Object.assign(world, {
    engine,
    visitor: () => openVisitor(url),
    async close() {
      jest.restoreAllMocks()
      engine.close()
      await inner.close()
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  })
}

interface Door {
  readonly engine: Engine
  readonly people: Needs['people']
  letIn(along: Along | undefined): Promise<void>
}

/** What login and web/login would be: the interaction as JSON, and forms that answer it. */
async function door({ engine, letIn, people }: Door, ctx: Context, next: () => Promise<void>): Promise<void> {
  if (!ctx.path.startsWith('/login/')) return next()
  const interaction = await engine.interaction(ctx)
  const [, , , act] = ctx.path.split('/')
  const { person, acr, amr, known } = ctx.query as Record<string, string | undefined>
  const to = async (coming: Promise<string | undefined>) => {
    const address = await coming
    if (address === undefined) return
    ctx.status = 303
    ctx.redirect(address)
  }
  if (act === 'sign-in') {
    const key = personKey(person ?? SOMCHAI)
    // As a method that has read their entry hands it on, or as one that hasn't.
    const entry = known === 'no' ? undefined : await people.find(key)
    const who = {
      person: key,
      ...(entry && { known: entry }),
      acr: (acr as Assurance | undefined) ?? 'low',
      amr: (amr ?? 'otp totp').split(' '),
      at: Date.now(),
    }
    await letIn(await engine.firstAnswer(ctx, interaction, who))
    return to(engine.signIn(ctx, interaction, who))
  }
  if (act === 'allow' || act === 'deny') return to(engine.consent(ctx, interaction, act))
  if (act === 'me' || act === 'other') return to(engine.goOn(ctx, interaction, act))
  if (act === 'cancel') return to(engine.cancel(ctx, interaction))
  if (act === 'unable') return to(engine.cancel(ctx, interaction, 'unmet_authentication_requirements'))
  question(ctx, interaction)
}

function question(ctx: Context, { client, ...rest }: Interaction): void {
  page(ctx, { page: 'login', client: client.id, ...(rest as unknown as Record<string, string>) }, 200)
}

function page(
  ctx: Context | Parameters<Needs['pages']['loggedOut']>[0],
  fields: Record<string, unknown>,
  status: number,
  action = '',
): void {
  ctx.status = status
  ctx.type = 'html'
  const inputs = Object.entries(fields).map(([name, value]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    return `<input type="hidden" name="${name}" value="${(text ?? '').replaceAll('&', '&amp;').replaceAll('"', '&quot;')}">`
  })
  ctx.body = `<form method="post" action="${action}">${inputs.join('')}</form>`
}

function watched(inner: Artifacts, calls: string[], broken: Set<string>, before: World['before']): Artifacts {
  const names = [
    'put',
    'get',
    'consume',
    'remove',
    'once',
    'saveSession',
    'findSession',
    'findSessionByUid',
    'prolongSession',
    'endSession',
  ] as const
  const wrapped = Object.fromEntries(
    names.map((name) => [
      name,
      async (...given: never[]) => {
        const what = typeof given[0] === 'string' ? `${name} ${given[0] as string}` : name
        calls.push(name === 'put' || name === 'get' || name === 'consume' || name === 'remove' ? what : name)
        const first = before.get(name)
        before.delete(name)
        await first?.()
        if (broken.has(name) || broken.has(what)) throw new ArtifactsUnavailable(`${what} did not answer`)
        return (inner[name] as (...args: never[]) => Promise<unknown>)(...given)
      },
    ]),
  )
  return { ...inner, ...wrapped }
}

const PAIRS = {
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  PS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  EdDSA: () => generateKeyPairSync('ed25519'),
}

function testRing(): TestRing & { ring: Needs['ring'] } {
  const listeners = new Set<() => void>()
  const state: TestRing & { ring: Needs['ring'] } = {
    list: [],
    healthy: true,
    add(kind, alg = 'ES256') {
      const { privateKey, publicKey } = PAIRS[alg]()
      const publicJwk = publicJwkOf(publicKey)
      const kid = thumbprint(publicJwk)
      const sign = signerOf(privateKey.export({ format: 'der', type: 'pkcs8' }), kid)
      const key: RingKey = { kid, alg, state: kind, publicJwk, ...(kind === 'signing' ? { sign } : {}) }
      state.list.push(key)
      return key
    },
    changed: () => {
      for (const listener of listeners) listener()
    },
    ring: {
      keys: () => state.list,
      keyFor: ({ alg }) => {
        const signing = state.list.filter((key) => key.state === 'signing')
        return signing.find((key) => key.alg === alg) ?? signing[0]
      },
      check: async () => {
        if (!state.healthy) throw new Problem('PRT-5003')
      },
      onChange(listener) {
        listeners.add(listener)
        return () => void listeners.delete(listener)
      },
    },
  }
  return state
}
