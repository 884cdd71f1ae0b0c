import { cpus } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openCardAuthority } from '../../src/demo/cards/authority.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { systemRandom } from '../../src/platform/random.ts'
import { hangingSettings, openHangingProvider } from '../support/hanging-provider.ts'
import { type Answer, type Browser, fetchPage, openBrowser, openTarget, request, type Target } from './browser.ts'
import { cpuOf, cpuOfFamily, memoryOf } from './cpu.ts'
import { type Ground, openGround } from './ground.ts'
import { round, stretch } from './measure.ts'
import { leaveFirstCore, pinned, type Served, startPratu } from './server.ts'

// Many who wait for their telephone at once, on one node with Redis: what a waiting person holds, what they cost while
// nothing happens, and what one question of their page costs. The provider is a server in this process that lets every
// poll hang as long as it is asked to, as Mobile-ID's does.

export interface Options {
  readonly people: number
  readonly seconds: number
  readonly concurrency: number
  readonly json: boolean
  readonly profile?: string
}

const QUIET_SECONDS = 30
const COUNTED = 20

export async function measureWaiting({ people: wanted, seconds, concurrency, json, profile }: Options): Promise<void> {
  await leaveFirstCore()
  await using stack = new AsyncDisposableStack()
  const ground = await openGround({ citizens: wanted })
  stack.defer(() => ground.close())
  const provider = await openHangingProvider()
  stack.defer(() => provider.close())
  const pratu = await start(ground, provider.address, profile)
  stack.defer(() => pratu.stop())
  const target = await openTarget({ name: 'pratu', url: pratu.url, secret: ground.secret, concurrency })
  stack.defer(() => target.close())

  // Code that was never run before is not what a waiting person costs.
  const waiting = await many(ground.citizens.slice(0, 100), concurrency, (citizen) => begin(target, citizen.code))
  const empty = memoryOf(pratu.pid)
  waiting.push(...(await many(ground.citizens.slice(100), concurrency, (citizen) => begin(target, citizen.code))))
  const people = waiting.length
  while (provider.hanging() < people) await sleep(100)
  const full = memoryOf(pratu.pid)

  const used = () => [cpuOf(pratu.pid), cpuOfFamily(ground.redis.pid)] as const
  const before = used()
  await sleep(QUIET_SECONDS * 1000)
  const [quietNode, quietRedis] = used().map((ms, at) => (ms - before[at]!) / QUIET_SECONDS) as [number, number]
  const calm = memoryOf(pratu.pid)

  let at = 0
  const polls = await stretch({
    served: [pratu],
    stores: ground,
    concurrency,
    seconds,
    piece: () => poll(waiting[at++ % waiting.length]!),
  })
  const polled = memoryOf(pratu.pid)
  // Everybody is told at once, and goes: what they held must be given back.
  provider.end()
  const { sql, redis } = await ground.counting(async () => {
    await sleep(5_000)
    for (const one of waiting.slice(0, COUNTED)) await fetchPage(one.browser, one.poll)
  })
  const result = {
    machine: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}${pinned ? ', pinned' : ''}`,
    people,
    memory_mb: { with_100: mb(empty), with_all: mb(full), later: mb(calm), after_polls: mb(polled) },
    kb_each: round((Math.max(full, calm, polled) - empty) / (people - 100) / 1024, 1),
    /** Milliseconds of processor in a second in which nobody asks: long polls that are asked anew, and the leases. */
    quiet_ms_per_second: { node: round(quietNode, 1), redis: round(quietRedis, 1) },
    polls: polls.done,
    per_second: round(polls.done / polls.seconds, 0),
    /** Less what the quiet costs, and with it. */
    cpu_ms: round((polls.node - quietNode * polls.seconds) / polls.done, 3),
    cpu_ms_gross: round(polls.node / polls.done, 3),
    redis_commands: redis.filter((command) => command === 'get' || command === 'getex').length / COUNTED,
    sql_statements: sql.length / COUNTED,
  }
  if (json) return console.log(JSON.stringify(result))
  console.log(`${people} people who wait for their telephone, on ${result.machine}\n`)
  console.log(result)
}

const mb = (bytes: number): number => round(bytes / 1024 / 1024, 0)

interface Waiting {
  readonly browser: Browser
  readonly poll: string
}

/** From the agency to the waiting page; comes again when the node lets nobody in just then. */
async function begin(target: Target, code: string): Promise<Waiting | undefined> {
  const browser = openBrowser(target)
  const page = await until(() => fetchPage(browser, request().path))
  const step = `${/<form[^>]* action="([^"]+)"/.exec(page.text)?.[1] ?? ''}/mobile-id`
  const sent = await until(() => fetchPage(browser, step, `scheme=TH&person_code=${code}&phone=%2B66800000000`))
  // Its first answer was lost on a busy machine; that phone counts as ringing.
  if (sent.status === 429) return undefined
  if (!sent.location.endsWith('/wait')) throw new Error(`no waiting page: ${sent.status} ${sent.text.slice(0, 2_000)}`)
  const wait = await until(() => fetchPage(browser, new URL(sent.location, target.url).pathname))
  const poll = /data-poll="([^"]+)"/.exec(wait.text)?.[1]
  if (poll === undefined) throw new Error(`no waiting page: ${wait.status} ${wait.text.slice(0, 2_000)}`)
  return { browser, poll }
}

async function until(open: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    const page = await open()
    if (page.status !== 503) return page
    await sleep(200)
  }
}

async function poll({ browser, poll: path }: Waiting): Promise<void> {
  const { status, text } = await fetchPage(browser, path)
  if (status !== 200 || text !== '{"come":false}') throw new Error(`the poll answered ${status} ${text.slice(0, 300)}`)
}

async function many<Each, Made>(
  all: readonly Each[],
  atOnce: number,
  work: (one: Each) => Promise<Made | undefined>,
): Promise<Made[]> {
  const left = [...all]
  const made: Made[] = []
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let one = left.shift(); one !== undefined; one = left.shift()) {
        const done = await work(one)
        if (done !== undefined) made.push(done)
      }
    }),
  )
  return made
}

function start(ground: Ground, address: string, profile: string | undefined): Promise<Served> {
  const holders = [{ scheme: 'TH', code: ground.citizens[0]!.code, kind: 'citizen' }]
  const authority = openCardAuthority(ground.folder, holders, { clock: systemClock, random: systemRandom })
  const issuers = join(ground.folder, 'issuers')
  authority.writeIssuers(issuers, `${address}/ocsp`)
  const settings = {
    ...ground.settings,
    ...hangingSettings(address, issuers),
  }
  const node = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]
  return startPratu({ settings, port: ground.port, folder: ground.folder, node })
}
