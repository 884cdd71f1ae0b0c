import { createRemoteJWKSet, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { pause } from '../../src/platform/clock.ts'
import type { Done } from '../../src/signing/rotation.ts'
import { ALGORITHMS, type Algorithm } from '../../src/signing/vault.ts'
import { openBalancer } from './balancer.ts'
import { enterParty } from './enter-party.ts'
import { freePorts } from './ports.ts'
import { testRedis } from './redis.ts'
import {
  basic,
  type Citizen,
  callback,
  form,
  request,
  secretOfAgency,
  startService,
  type TestService,
} from './service.ts'
import { openVisitor, type Visitor } from './visitor.ts'

// Rotations of the signing keys, of every algorithm at once, while people sign in, agencies verify and nodes restart: two whole services behind a
// balancer on one database and one Redis, all under one clock that the drill drives, so that twenty rotations with all
// their waits take minutes. Dense where something changes, sparse in between.

export interface Wish {
  readonly rotations: number
  readonly verifiers: number
  /** Sign-ins in each second around a change. */
  readonly perSecond: number
  /** Seconds of that density, after each change. */
  readonly dense: number
  /** Told after each rotation. */
  progress?(counts: Counts): void
}

export interface Counts {
  readonly rotations: number
  readonly restarts: number
  readonly verifications: number
  readonly failed_verifications: number
  readonly sign_ins: number
  readonly failed_sign_ins: number
  readonly logouts: number
  readonly failed_logouts: number
}

export interface Drilled extends Counts {
  /** The longest time, in real milliseconds, until both nodes signed with a promoted key. */
  readonly slowest_change: number
  /** From the command to the moment at which no node shows a revoked key any more, in real milliseconds. */
  readonly emergency_removal: number
  /** What went wrong, and how often. */
  readonly reasons: Readonly<Record<string, number>>
}

const COARSE = 20_000
/** Who wants its tokens signed how. */
const AGENCIES: Readonly<Record<Algorithm, string>> = { ES256: 'tax', PS256: 'seal', EdDSA: 'edge' }
/** Of ten sign-ins. */
const TURNS: readonly Algorithm[] = [
  'ES256',
  'ES256',
  'PS256',
  'ES256',
  'ES256',
  'EdDSA',
  'ES256',
  'PS256',
  'ES256',
  'EdDSA',
]
const SCHEDULE = { kind: 'service', part: 'schedule' } as const
const BY = { actor: { kind: 'operator', name: 'drill' }, why: 'the drill' } as const
/** Agencies look at an ID token once, on arrival; some are slow. */
const LATE = 290_000
/** By so many verifiers, in whatever state their copies are. */
const LATE_BY = 5

export async function drillKeys(wish: Wish): Promise<Drilled> {
  await using stack = new AsyncDisposableStack()
  const [a = 0, b = 0] = await freePorts(2)
  const redis = await testRedis()
  stack.defer(() => redis.close())
  const balancer = await openBalancer([a, b], true)
  stack.defer(() => balancer.close())
  const issuer = `http://localhost:${balancer.port}`
  // Holds the world together and serves nobody: the two nodes beside it come and go.
  const keeper = await startService({ redisUrl: redis.url, settings: { PRATU_ISSUER: issuer } })
  stack.defer(() => keeper.close())
  const { clock, citizens } = keeper
  const { db, rotation } = keeper.service.parts
  const nodeAt = (port: number) => startService({ beside: keeper, settings: { PRATU_PORT: String(port) } })
  for (const alg of ['PS256', 'EdDSA'] as const)
    await enterParty(keeper, AGENCIES[alg], {
      id_token_signed_response_alg: alg,
      redirect_uris: [`http://localhost:9/${AGENCIES[alg]}/callback`],
      token_endpoint_auth_method: 'client_secret_basic',
      client_secret: secretOfAgency(AGENCIES[alg]),
    })
  // Their first keys sign by themselves, as soon as everybody may know them.
  await rotation.advance(db, SCHEDULE)
  clock.advance(rotation.waits.announced)
  await rotation.advance(db, SCHEDULE)
  const nodes = [await nodeAt(a), await nodeAt(b)]
  stack.defer(async () => {
    for (const node of nodes) await node.close()
  })
  while (balancer.healthy().length < 2) await pause(20)

  const reasons: Record<string, number> = {}
  const counts = {
    rotations: 0,
    restarts: 0,
    verifications: 0,
    failed_verifications: 0,
    sign_ins: 0,
    failed_sign_ins: 0,
    logouts: 0,
    failed_logouts: 0,
  }
  const failed = (what: 'failed_verifications' | 'failed_sign_ins' | 'failed_logouts', error: unknown): void => {
    counts[what] += 1
    const reason = `${what}: ${error instanceof Error ? error.message.slice(0, 160) : String(error)}`
    reasons[reason] = (reasons[reason] ?? 0) + 1
  }

  const verifiers = Array.from({ length: wish.verifiers }, (_, at) =>
    at % 2 === 0 ? jose(issuer) : naive(issuer, () => clock.now()),
  )
  let turn = 0
  async function verified({ token, alg }: Given): Promise<void> {
    counts.verifications += 1
    const keys = verifiers[turn++ % verifiers.length]!
    await jwtVerify(token, keys, { issuer, algorithms: [alg], currentDate: new Date(clock.now()) }).catch(
      (error: unknown) => failed('failed_verifications', error),
    )
  }

  const browsers = citizens.map((citizen) => person(issuer, citizen, () => clock.now()))
  let late: (Given & { readonly until: number })[] = []
  let newest: string | undefined

  async function signIn(): Promise<void> {
    counts.sign_ins += 1
    const browser = browsers[counts.sign_ins % browsers.length]!
    const alg = TURNS[counts.sign_ins % TURNS.length]!
    try {
      const given = { alg, token: await browser.token(AGENCIES[alg]) }
      if (alg === 'ES256') newest ??= given.token
      await verified(given)
      if (counts.sign_ins % 7 === 0) late.push({ ...given, until: clock.now() + LATE })
    } catch (error) {
      failed('failed_sign_ins', error)
    }
  }

  async function step(ms: number, signIns: number): Promise<void> {
    clock.advance(ms)
    const due = late.filter(({ until }) => until <= clock.now())
    late = late.filter(({ until }) => until > clock.now())
    for (const one of due)
      if (clock.now() - one.until < 8_000) for (let each = 0; each < LATE_BY; each++) await verified(one)
    for (let done = 0; done < signIns; done++) await signIn()
  }

  async function dense(): Promise<void> {
    for (let second = 0; second < wish.dense; second++) await step(1_000, wish.perSecond)
  }

  async function coarse(ms: number, meanwhile?: Promise<unknown>): Promise<void> {
    const until = clock.now() + ms
    // Late verifications come just before tokens end: steps are short enough to meet that moment.
    while (clock.now() < until) await step(Math.min(COARSE, until - clock.now(), 5_000), 1)
    await meanwhile
  }

  async function restart(at: number): Promise<void> {
    const port = [a, b][at]!
    await nodes[at]!.close(700, 5_000)
    nodes[at] = await nodeAt(port)
    while (balancer.healthy().length < 2) await pause(20)
    counts.restarts += 1
  }

  async function logOut(hint: string): Promise<void> {
    counts.logouts += 1
    const browser = browsers[counts.logouts % browsers.length]!
    try {
      await browser.leave(hint)
    } catch (error) {
      failed('failed_logouts', error)
    }
  }

  let slowest = 0
  await dense()
  for (let at = 0; at < wish.rotations; at++) {
    const fresh: string[] = []
    for (const alg of ALGORITHMS) fresh.push(kidOf(await rotation.announce(db, BY, alg)))
    await dense()
    await coarse(rotation.waits.announced, restart(at % 2))
    const before = newest
    for (const kid of fresh) kidOf(await rotation.promote(db, kid, BY))
    const from = performance.now()
    while (!nodes.every((node) => fresh.every((kid) => signs(node, kid)))) await pause(5)
    slowest = Math.max(slowest, performance.now() - from)
    newest = undefined
    await dense()
    await coarse(rotation.waits.retiring)
    for (const { life } of await rotation.list(db))
      if (life.state === 'retiring') kidOf(await rotation.retire(db, life.kid, BY))
    await dense()
    if (before !== undefined) await logOut(before)
    counts.rotations += 1
    wish.progress?.(counts)
  }
  const leaked = nodes[0]!.service.parts.ring.keyFor({ client: AGENCIES.ES256, alg: 'ES256' })!.kid
  const before = performance.now()
  await rotation.revoke(db, leaked, BY)
  await rotation.clear(db)
  const shows = ({ service }: TestService) => service.parts.ring.keys().some(({ kid }) => kid === leaked)
  while (nodes.some(shows)) await pause(5)
  const removed = performance.now() - before
  // With the successor, whom nobody had been shown, those who look for unknown keys go on at once.
  clock.advance(31_000)
  await jwtVerify(await browsers[0]!.token(AGENCIES.ES256), jose(issuer), { currentDate: new Date(clock.now()) })
  return { ...counts, slowest_change: Math.round(slowest), emergency_removal: Math.round(removed), reasons }
}

/** A token as an agency was given it. */
interface Given {
  readonly token: string
  readonly alg: Algorithm
}

function kidOf(done: Done): string {
  if (!done.ok) throw new Error(done.because)
  return done.kid
}

const signs = ({ service }: TestService, kid: string): boolean =>
  service.parts.ring.keys().some((key) => key.kid === kid && key.state === 'signing')

/** As jose does it by default: ten minutes of cache, a look for an unknown key at most every thirty seconds. */
const jose = (issuer: string): JWTVerifyGetKey => createRemoteJWKSet(new URL(`${issuer}/jwks`))

/** Reads the key set when what it has is older than it was told, and knows nothing of unknown keys. */
function naive(issuer: string, now: () => number): JWTVerifyGetKey {
  let until = 0
  let keys: readonly { readonly kid: string }[] = []
  return async ({ kid }) => {
    if (now() >= until) {
      const answer = await fetch(`${issuer}/jwks`)
      keys = ((await answer.json()) as { keys: { kid: string }[] }).keys
      until = now() + 1_000 * Number(/max-age=(\d+)/.exec(answer.headers.get('cache-control') ?? '')?.[1])
    }
    const key = keys.find((one) => one.kid === kid)
    if (!key) throw new Error('a naive verifier does not know the key')
    return key
  }
}

/** Somebody with a browser, who is signed in or signs in. */
function person(issuer: string, citizen: Citizen, now: () => number) {
  let visitor: Visitor = openVisitor(issuer, { language: 'en' })
  let lastStep = 0
  return {
    /** An ID token for the agency, by the session where there is one. */
    async token(agency: string): Promise<string> {
      const asked = request(issuer, agency)
      let page = await visitor.open(asked.url)
      if (page.form) {
        const stepNow = Math.floor(now() / 30_000)
        const ahead = stepNow > lastStep ? 0 : lastStep + 1 - stepNow
        lastStep = stepNow + ahead
        const { scheme, code } = citizen
        page = await visitor.submit(page, { scheme, person_code: code, code: citizen.oneTimeCode(ahead) })
      }
      const { code } = callback(page)
      const tokens = await form(
        `${issuer}/token`,
        {
          grant_type: 'authorization_code',
          code: code ?? '',
          code_verifier: asked.verifier,
          redirect_uri: `http://localhost:9/${agency}/callback`,
        },
        basic(agency),
      )
      if (typeof tokens.id_token !== 'string') throw new Error(`no token: ${tokens.status} ${String(tokens.error)}`)
      return tokens.id_token
    },
    /** By an old ID token; afterwards somebody else sits down at the browser. */
    async leave(hint: string): Promise<void> {
      const back = 'http://localhost:9/tax/'
      const query = new URLSearchParams({ id_token_hint: hint, post_logout_redirect_uri: back, client_id: 'tax' })
      const question = await visitor.open(`${issuer}/session/end?${query.toString()}`)
      if (question.status !== 200 || !question.form) throw new Error(`sign-out: ${question.status}`)
      const done = await visitor.submit(question, { logout: 'yes' })
      if (done.headers.get('location')?.startsWith(back) !== true && done.status !== 200)
        throw new Error(`signed out: ${done.status}`)
      visitor = openVisitor(issuer, { language: 'en' })
    },
  }
}
