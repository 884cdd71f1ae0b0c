import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Koa, { type Context, type Middleware } from 'koa'

/** A koa app of just these middlewares on a free loopback port, for tests of single doors. */
export async function serve(
  ...middlewares: Middleware[]
): Promise<{ url: string; port: number; close(): Promise<void> }> {
  const app = new Koa()
  app.silent = true
  for (const middleware of middlewares) app.use(middleware)
  const server = createServer((request, response) => void app.callback()(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

export const answer =
  (body: (ctx: Context) => unknown): Middleware =>
  async (ctx) => {
    ctx.body = await body(ctx)
  }
