import { describe, expect, test } from '@jest/globals'
import { openCardTickets } from '../../../src/methods/smart-card/tls.ts'
import { openMemoryArtifacts } from '../../../src/sessions/memory.ts'
import { testClock } from '../../support/clock.ts'
import { testRandom } from '../../support/keys.ts'

const SHOWN = { certificate: Buffer.from('3082000102', 'hex'), vouched: true }

function ground() {
  const clock = testClock()
  const artifacts = openMemoryArtifacts({ clock })
  const tickets = openCardTickets({ artifacts, random: testRandom(), clock })
  return { clock, tickets, there: openCardTickets({ artifacts, random: testRandom('there'), clock }) }
}

describe("a card's ticket", () => {
  test('brings what was shown to the sign-in whose handle it is, by way of another node', async () => {
    const { tickets, there } = ground()
    const { handle } = await tickets.begin()
    const { ticket } = (await there.present(handle, SHOWN))!
    expect(await tickets.take(handle, ticket)).toEqual(SHOWN)
  })

  test('says that a proxy did not vouch', async () => {
    const { tickets } = ground()
    const { handle } = await tickets.begin()
    const { ticket } = (await tickets.present(handle, { ...SHOWN, vouched: false }))!
    expect(await tickets.take(handle, ticket)).toEqual({ ...SHOWN, vouched: false })
  })

  test('is taken by one of twenty who come at once', async () => {
    const { tickets, there } = ground()
    const { handle } = await tickets.begin()
    const { ticket } = (await tickets.present(handle, SHOWN))!
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? tickets : there).take(handle, ticket)),
    )
    expect(all.filter((one) => one !== undefined)).toEqual([SHOWN])
  })

  test.each([
    ['another sign-in', (other: string) => other],
    ['none', () => undefined],
    ['one of the same length', (_: string, own: string) => `${own.slice(0, -1)}${own.endsWith('A') ? 'B' : 'A'}`],
  ])('brought with the handle of %s gives nothing, and is used up', async (_, handleOf) => {
    const { tickets } = ground()
    const [{ handle }, { handle: other }] = await Promise.all([tickets.begin(), tickets.begin()])
    const { ticket } = (await tickets.present(handle, SHOWN))!
    expect(await tickets.take(handleOf(other, handle), ticket)).toBeUndefined()
    expect(await tickets.take(handle, ticket)).toBeUndefined()
  })

  test('is good for a minute', async () => {
    const { tickets, clock } = ground()
    const { handle } = await tickets.begin()
    const shown = async (after: number) => {
      const begun = await tickets.begin()
      const { ticket } = (await tickets.present(begun.handle, SHOWN))!
      clock.advance(after)
      return tickets.take(begun.handle, ticket)
    }
    expect(handle).not.toBe('')
    expect(await shown(59_000)).toEqual(SHOWN)
    expect(await shown(61_000)).toBeUndefined()
  })

  test('that nobody made is nothing', async () => {
    const { tickets } = ground()
    const { handle } = await tickets.begin()
    expect(await tickets.take(handle, 'never-made')).toBeUndefined()
  })
})

describe('a handle', () => {
  test('is good for one showing', async () => {
    const { tickets, there } = ground()
    const { handle } = await tickets.begin()
    const all = await Promise.all([tickets.present(handle, SHOWN), there.present(handle, SHOWN)])
    expect(all.filter((one) => one !== undefined)).toHaveLength(1)
  })

  test('is good for five minutes', async () => {
    const { tickets, clock } = ground()
    const [early, late] = await Promise.all([tickets.begin(), tickets.begin()])
    clock.advance(5 * 60_000 - 1000)
    expect(await tickets.present(early.handle, SHOWN)).toBeDefined()
    clock.advance(2000)
    expect(await tickets.present(late.handle, SHOWN)).toBeUndefined()
  })

  test('that nobody made opens nothing', async () => {
    expect(await ground().tickets.present('never-made', SHOWN)).toBeUndefined()
  })

  test('and a ticket are 256 bits each', async () => {
    const { tickets } = ground()
    const { handle } = await tickets.begin()
    const { ticket } = (await tickets.present(handle, SHOWN))!
    expect([handle, ticket].map((text) => Buffer.from(text, 'base64url').length)).toEqual([32, 32])
  })
})
