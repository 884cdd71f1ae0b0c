import { expect, test } from '@jest/globals'
import { figure, note } from '../support/long-report.ts'
import { failOver, splitBrain, type Uses } from '../support/used-once.ts'

// A hundred thousand codes, each offered to two nodes at once and once more, over fail-overs and splits of Redis.

const CODES = figure('CODES', 100_000)
const EACH = 10_000
const HOUR = 3_600_000

async function many(rounds: number, round: () => Promise<Uses>): Promise<Uses> {
  const all = { codes: 0, used: 0, twice: 0, lost: 0, outage: 0 }
  for (let n = 0; n < rounds; n++) {
    const { codes, used, twice, lost, outage } = await round()
    all.codes += codes
    all.used += used
    all.twice += twice
    all.lost += lost
    all.outage = Math.max(all.outage, outage)
  }
  return all
}

const told = ({ codes, twice, lost, outage }: Uses): string =>
  `${twice} twice of ${codes}; ${lost} sign-ins to be begun again; longest gap ${(outage / 1000).toFixed(1)} s`

test(
  'the primary is killed',
  async () => {
    const rounds = Math.ceil(CODES / EACH)
    const uses = await many(rounds, () => failOver(CODES / rounds, 1))
    note(`codes over ${rounds} Sentinel fail-overs`, '0 redeemed twice', told(uses))
    expect(uses.twice).toBe(0)
    expect(uses.used + uses.lost).toBe(CODES)
  },
  HOUR,
)

test(
  'the primary is cut off while a node still reaches it',
  async () => {
    const rounds = Math.ceil(CODES / EACH / 5)
    const uses = await many(rounds, () => splitBrain(500, 1))
    note(`codes over ${rounds} splits`, '0 redeemed twice', told(uses))
    expect(uses.twice).toBe(0)
    const without = await splitBrain(500, 0)
    note('the same split with PRATU_REDIS_REPLICAS=0, to show that it bites', 'some twice', told(without))
    expect(without.twice).toBeGreaterThan(0)
  },
  HOUR,
)
