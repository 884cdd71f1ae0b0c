import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { openWatching, type Times, type Watching } from '../../src/methods/watch.ts'
import { type Artifacts, ArtifactsUnavailable } from '../../src/sessions/artifacts.ts'
import { openMemoryArtifacts } from '../../src/sessions/memory.ts'
import { type TestClock, testClock } from '../support/clock.ts'
import { testRandom } from '../support/keys.ts'

// The provider is a table of sessions whose polls hang until the test answers them.

type Said = { said: string }
const TIMES: Times = { lease: 20_000, renewed: 2, kept: 60_000, least: 1, longest: 4 }
const MINUTE = 60_000

let clock: TestClock
let store: Artifacts
const open: Watching<Said>[] = []
beforeEach(() => {
  clock = testClock()
  store = openMemoryArtifacts({ clock })
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()))
})

function node(more: Partial<Parameters<typeof openWatching>[0]> = {}): Watching<Said> {
  const made = openWatching<Said>({
    clock,
    random: testRandom(`node ${open.length}`),
    name: 'test',
    times: TIMES,
    ...more,
  })
  open.push(made)
  return made
}

function provider() {
  const polls: ((said: Said | 'running' | Error) => void)[] = []
  const arrivals: (() => void)[] = []
  let aborted = 0
  return {
    get polls() {
      return polls.length
    },
    get aborted() {
      return aborted
    },
    poll: (signal: AbortSignal) =>
      new Promise<Said | 'running'>((resolve, reject) => {
        signal.addEventListener('abort', () => {
          aborted++
          reject(new Error('aborted'))
        })
        polls.push((said) => (said instanceof Error ? reject(said) : resolve(said)))
        arrivals.shift()?.()
      }),
    /** Resolves when so many polls have come in all. */
    async came(count: number): Promise<void> {
      while (polls.length < count) await new Promise<void>((resolve) => arrivals.push(resolve))
    },
    answer: (said: Said | 'running' | Error, poll = polls.length - 1) => polls[poll]!(said),
  }
}

async function until(so: () => boolean): Promise<void> {
  while (!so()) await turn()
}
const turn = () => new Promise((resolve) => setImmediate(resolve))
async function seen(watching: Watching<Said>, session = 's'): Promise<Said | 'running' | 'unknown'> {
  await turn()
  await turn()
  return watching.look(session)
}

describe('one node', () => {
  test('polls a session once, however often it is told to, and knows the answer at once', async () => {
    const [phone, here] = [provider(), node()]
    const until = clock.now() + MINUTE
    for (let n = 0; n < 50; n++) here.watch('s', phone.poll, until)
    expect(phone.polls).toBe(1)
    expect(await here.look('s')).toBe('running')
    phone.answer({ said: 'yes' })
    expect(await seen(here)).toEqual({ said: 'yes' })
    // A page that is loaded anew finds it still.
    expect(await here.look('s')).toEqual({ said: 'yes' })
    here.forget('s')
    expect(await here.look('s')).toBe('unknown')
    expect(here.size()).toBe(0)
  })

  test('asks again when the provider says "running" or fails, one poll at a time', async () => {
    const [phone, here] = [provider(), node()]
    here.watch('s', phone.poll, clock.now() + MINUTE)
    for (const said of ['running', new Error('503'), new Error('reset'), 'running'] as const) {
      const before = phone.polls
      phone.answer(said)
      expect(await here.look('s')).toBe('running')
      await phone.came(before + 1)
      expect(phone.polls).toBe(before + 1)
    }
    phone.answer({ said: 'late' })
    expect(await seen(here)).toEqual({ said: 'late' })
  })

  test('gives up at the end of the session, and hangs up', async () => {
    const [phone, here] = [provider(), node()]
    here.watch('s', phone.poll, clock.now() + 5)
    await until(() => here.size() === 0)
    expect(phone.aborted).toBe(1)
    expect(await here.look('s')).toBe('unknown')
    here.watch('s', phone.poll, clock.now())
    expect(phone.polls).toBe(1)
  })

  test('hangs up when nobody waits any more', async () => {
    const [phone, here] = [provider(), node()]
    here.watch('s', phone.poll, clock.now() + MINUTE)
    here.forget('s')
    expect(phone.aborted).toBe(1)
    await turn()
    expect(here.size()).toBe(0)
  })

  test('holds so many and no more: what was answered makes room, what runs does not', async () => {
    const [phone, here] = [provider(), node({ most: 2 })]
    const until = clock.now() + MINUTE
    for (const session of ['a', 'b', 'c']) here.watch(session, phone.poll, until)
    expect(phone.polls).toBe(2)
    expect(await here.look('c')).toBe('unknown')
    phone.answer({ said: 'a' }, 0)
    expect(await seen(here, 'a')).toEqual({ said: 'a' })
    here.watch('c', phone.poll, until)
    expect(phone.polls).toBe(3)
    expect([await here.look('a'), await here.look('b'), await here.look('c')]).toEqual([
      'unknown',
      'running',
      'running',
    ])
  })
})

describe('several nodes', () => {
  test('poll a session from one of them, and all know the answer', async () => {
    const [phone, other] = [provider(), provider()]
    const [one, two] = [node({ shared: store }), node({ shared: store })]
    one.watch('s', phone.poll, clock.now() + MINUTE)
    expect(await seen(two)).toBe('running')
    phone.answer({ said: 'yes' })
    expect(await seen(two)).toEqual({ said: 'yes' })
    expect(other.polls).toBe(0)
  })

  test('one takes over when the other has died, and sooner when it has said so', async () => {
    const [phone, again] = [provider(), provider()]
    const [one, two] = [node({ shared: store, times: { ...TIMES, renewed: MINUTE } }), node({ shared: store })]
    const until = clock.now() + 5 * MINUTE
    one.watch('s', phone.poll, until)
    expect(await seen(two)).toBe('running')
    // As if the process was gone: nothing renews its word.
    clock.advance(TIMES.lease)
    expect(await two.look('s')).toBe('unknown')
    two.watch('s', again.poll, until)
    again.answer({ said: 'to two' })
    expect(await seen(two)).toEqual({ said: 'to two' })

    const three = node({ shared: store })
    three.watch('t', phone.poll, until)
    expect(await seen(two, 't')).toBe('running')
    await three.close()
    clock.advance(TIMES.renewed)
    expect(await two.look('t')).toBe('unknown')
  })

  test('the watching node renews its word as long as it runs', async () => {
    const phone = provider()
    const told = { times: 0 }
    const next = async () => {
      const before = told.times
      await until(() => told.times > before)
    }
    const put: Artifacts['put'] = (...record) => {
      told.times++
      return store.put(...record)
    }
    const counting = { ...store, put }
    const [one, two] = [node({ shared: counting }), node({ shared: store })]
    one.watch('s', phone.poll, clock.now() + 60 * MINUTE)
    for (let n = 0; n < 3; n++) {
      await next()
      clock.advance(TIMES.lease - 1)
      await next()
      expect(await two.look('s')).toBe('running')
    }
  })

  test('a node that lives is heard of once for all of its sessions', async () => {
    const phone = provider()
    const asked: string[] = []
    const get: Artifacts['get'] = (kind, id, keep) => {
      asked.push(id)
      return store.get(kind, id, keep)
    }
    const [one, two] = [node({ shared: store }), node({ shared: { ...store, get } })]
    const sessions = Array.from({ length: 20 }, (_, n) => `s${n}`)
    for (const session of sessions) one.watch(session, phone.poll, clock.now() + MINUTE)
    await turn()
    for (const session of sessions) expect(await two.look(session)).toBe('running')
    expect(asked.filter((id) => id.startsWith('test node '))).toHaveLength(1)
    expect(asked).toHaveLength(sessions.length + 1)
  })

  test('a node does not believe its own word of a watch that it has given up', async () => {
    const [phone, one] = [provider(), node({ shared: store })]
    one.watch('s', phone.poll, clock.now() + MINUTE)
    await turn()
    one.forget('s')
    expect(await one.look('s')).toBe('unknown')
    one.watch('s', phone.poll, clock.now() + MINUTE)
    expect(await one.look('s')).toBe('running')
  })

  test('a store that is away costs the watch nothing, and who looks from elsewhere is told', async () => {
    const away = async () => {
      throw new ArtifactsUnavailable('away')
    }
    const phone = provider()
    const one = node({ shared: { put: away, get: away, remove: away } })
    one.watch('s', phone.poll, clock.now() + MINUTE)
    phone.answer({ said: 'yes' })
    expect(await seen(one)).toEqual({ said: 'yes' })
    await expect(one.look('elsewhere')).rejects.toThrow(ArtifactsUnavailable)
  })

  test('sessions of two methods that are called the same are two', async () => {
    const phone = provider()
    const [one, foreign] = [node({ shared: store }), node({ shared: store, name: 'other' })]
    one.watch('s', phone.poll, clock.now() + MINUTE)
    phone.answer({ said: 'yes' })
    await seen(one)
    expect(await foreign.look('s')).toBe('unknown')
  })
})
