import { enterWhole, startNodes } from './nodes.ts'
import { userInfo } from './service.ts'

/** So many sign-ins over nodes whose clocks are ahead by so many seconds; every request goes to another that is ready. */
export async function acrossClocks(
  stores: { readonly databaseUrl: string; readonly redisUrl: string },
  skews: readonly number[],
  signIns: number,
) {
  const at = await startNodes({ ...stores, count: skews.length, skews, people: signIns * 2 })
  try {
    let done = 0
    for (let n = 0; n < signIns; n++) {
      const tokens = await enterWhole(at)
      if (tokens.status === 200 && (await userInfo(at.issuer, tokens.access_token)).status === 200) done++
    }
    const healthy = at.balancer.healthy()
    const said = await Promise.all(
      at.nodes.map(async ({ port }) => {
        const answer = await fetch(`http://127.0.0.1:${port}/health/ready`)
        return ((await answer.json()) as { dependencies: { clock: string } }).dependencies.clock
      }),
    )
    return { done, ready: at.nodes.map(({ port }) => healthy.includes(port)), said }
  } finally {
    await at.close()
  }
}
