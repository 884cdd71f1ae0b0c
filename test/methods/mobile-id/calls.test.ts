import { describe, expect, test } from '@jest/globals'
import { type Call, openCalls } from '../../../src/methods/mobile-id/calls.ts'
import type { Client, Failed } from '../../../src/methods/mobile-id/client.ts'
import type { SessionStatus } from '../../../src/methods/mobile-id/wire.ts'
import { openMemoryArtifacts } from '../../../src/sessions/memory.ts'
import { testClock } from '../../support/clock.ts'

const clock = testClock()

/** A provider that answers what it is told, one after another, and a watch that asks when it is told to. */
function setUp(...answers: (SessionStatus | Failed)[]) {
  const artifacts = openMemoryArtifacts({ clock })
  const log: string[] = []
  const client: Client = {
    start: async () => {
      log.push('rings')
      return 'session'
    },
    poll: async () => answers.shift() ?? { state: 'RUNNING' },
  }
  const prompts = {
    begin: async () => ({ ok: true, prompt: 'prompt' }) as const,
    end: async (_prompt: string, how: string) => void log.push(how),
  }
  const breaker = { enter: () => () => {} }
  const open = () => {
    const polls = new Map<string, (signal: AbortSignal) => Promise<unknown>>()
    const watching = {
      watch: (id: string, poll: (signal: AbortSignal) => Promise<unknown>) => void polls.set(id, poll),
      look: async () => 'unknown' as const,
      forget: (id: string) => void polls.delete(id),
      size: () => polls.size,
      close: async () => {},
    }
    const calls = openCalls({ client, watching, artifacts, prompts, breaker, clock, lead: 0 })
    const poll = (id: string) => polls.get(id)!(new AbortController().signal)
    return { calls, poll }
  }
  return { open, log }
}

const call = (id: string): Call => ({
  id,
  prompt: 'prompt',
  until: clock.now() + 1_000,
  request: {
    phoneNumber: '+37200000766',
    nationalIdentityNumber: '60001019906',
    hash: '',
    hashType: 'SHA256',
    language: 'ENG',
  },
})
const OK: SessionStatus = { state: 'COMPLETE', result: 'OK' }

describe('a call', () => {
  test('rings once, however often it is asked for', async () => {
    const { open, log } = setUp()
    const { calls, poll } = open()
    expect(await calls.attend(call('a'))).toBe('running')
    expect([await poll('a'), await poll('a')]).toEqual(['running', 'running'])
    expect(log).toEqual(['rings'])
  })

  test('is taken over by another node, which asks for the same session and rings nobody', async () => {
    const { open, log } = setUp({ state: 'RUNNING' }, OK)
    const [one, other] = [open(), open()]
    await one.calls.attend(call('a'))
    await one.poll('a')
    await other.calls.attend(call('a'))
    expect(await other.poll('a')).toEqual({ status: OK })
    expect(log).toEqual(['rings', 'answered'])
  })

  test('that was hung up before it rang never rings, on any node', async () => {
    const { open, log } = setUp()
    const [one, other] = [open(), open()]
    await one.calls.hangUp(call('a'))
    await other.calls.attend(call('a'))
    await expect(other.poll('a')).rejects.toThrow()
    expect(log).toEqual(['gone'])
  })

  test('that rings can’t be hung up: it counts until the provider says that it is over', async () => {
    const { open, log } = setUp({ state: 'RUNNING' }, { state: 'COMPLETE', result: 'TIMEOUT' })
    const { calls, poll } = open()
    await calls.attend(call('a'))
    await poll('a')
    await calls.hangUp(call('a'))
    expect(log).toEqual(['rings'])
    await poll('a')
    expect(log).toEqual(['rings', 'gone'])
  })

  test.each(['http-5xx', 'http-503', 'http-429', 'unreachable'] as const)(
    'survives two polls that end with %s, and not a third',
    async (failed) => {
      const { open, log } = setUp({ failed }, { failed }, { state: 'RUNNING' }, { failed }, { failed }, { failed })
      const { calls, poll } = open()
      await calls.attend(call('a'))
      await expect(poll('a')).rejects.toThrow(failed)
      await expect(poll('a')).rejects.toThrow(failed)
      expect(await poll('a')).toBe('running')
      await expect(poll('a')).rejects.toThrow(failed)
      await expect(poll('a')).rejects.toThrow(failed)
      expect(await poll('a')).toEqual({ failed })
      expect(log).toEqual(['rings', 'gone'])
    },
  )

  test.each(['http-401', 'session-lost', 'malformed', 'http-400'] as const)(
    'ends with the first %s',
    async (failed) => {
      const { open, log } = setUp({ failed })
      const { calls, poll } = open()
      await calls.attend(call('a'))
      expect(await poll('a')).toEqual({ failed })
      expect(log).toEqual(['rings', 'gone'])
    },
  )

  test('that was refused on the phone is a refusal, and nobody asks any more when its time is over', async () => {
    const { open, log } = setUp({ state: 'COMPLETE', result: 'USER_CANCELLED' })
    const { calls, poll } = open()
    await calls.attend(call('a'))
    await poll('a')
    expect(log).toEqual(['rings', 'refused'])
    expect(await calls.attend({ ...call('b'), until: clock.now() })).toBe('over')
  })
})
