import { expect, test } from '@jest/globals'
import { acrossClocks } from '../support/clocks-apart.ts'
import { testDatabase } from '../support/database.ts'
import { note } from '../support/long-report.ts'
import { testRedis } from '../support/redis.ts'

test.each([5, -5, 15, -15, 61, -61, 3600, -3600])(
  'a node %i s off takes part only while that is harmless',
  async (skew) => {
    const [database, redis] = await Promise.all([testDatabase(), testRedis()])
    const { done, ready } = await acrossClocks({ databaseUrl: database.url, redisUrl: redis.url }, [0, skew], 20)
    note(`clock of one node off by ${skew} s`, '20 of 20', `${done} of 20, ${ready[1] ? 'taking part' : 'taken out'}`)
    expect([done, ready]).toEqual([20, [true, Math.abs(skew) <= 10]])
    await Promise.all([database.close(), redis.close()])
  },
  120_000,
)
