import { expect, test } from '@jest/globals'
import { interactionId } from '../../src/identity/identifiers.ts'
import type { Json } from '../../src/identity/json.ts'
import { openSecondClicks } from '../../src/login/second-click.ts'
import type { Method, MethodInput, Step } from '../../src/methods/method.ts'

const INTERACTION = interactionId('first')
const WAITING: Step = { step: 'wait', form: 'phone', show: '1234', again: 5, state: { rings: true } }
const BUSY: Step = { step: 'ask', form: 'phone', state: null, trouble: { code: 'PRT-2402' } }
const INPUT = { fields: {} } as MethodInput
const method: Pick<Method, 'id' | 'begun'> = {
  id: 'mobile-id',
  begun: (state) => ((state as { rings?: boolean }).rings ? WAITING : undefined),
}

/** Everybody looks at once, and the state is what it is at that look. */
function clicks(stateAt: (look: number) => Json) {
  let looks = 0
  const { first, waiting } = openSecondClicks({ state: async () => stateAt(++looks) })
  return {
    again: (step: Step = BUSY) => first(INTERACTION, method as Method, step, INPUT),
    waiting,
    looks: () => looks,
  }
}

test('a second click waits until the first has kept what it began', async () => {
  const { again, waiting, looks } = clicks((look) => (look < 3 ? null : { rings: true }))
  const found = again()
  expect(await found).toEqual({ step: WAITING, state: { rings: true } })
  expect([looks(), waiting()]).toEqual([3, 0])
})

test('whoever was not told that a phone rings looks for nothing', async () => {
  const { again, looks } = clicks(() => ({ rings: true }))
  for (const step of [
    WAITING,
    { ...BUSY, trouble: { code: 'PRT-1205' as const } },
    { ...BUSY, state: { rings: true } },
  ])
    expect(await again(step)).toBeUndefined()
  expect(looks()).toBe(0)
})

test('of a crowd that asks for a phone which rings, so many look again, and all others once', async () => {
  const { again, waiting, looks } = clicks(() => null)
  const crowd = Array.from({ length: 200 }, () => again())
  const early = await Promise.race([Promise.all(crowd.slice(64)), Promise.all(crowd.slice(0, 64)).then(() => 'late')])
  expect(early).toEqual(Array.from({ length: 136 }, () => undefined))
  expect([waiting(), looks()]).toEqual([64, 200])
  expect(await Promise.all(crowd)).toEqual(Array.from({ length: 200 }, () => undefined))
  expect([waiting(), looks()]).toEqual([0, 200 + 64 * 6])
})
