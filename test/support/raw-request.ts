import { request } from 'node:http'
import { connect } from 'node:net'
import { rows } from '../../src/platform/db.ts'
import type { TestRedis } from './redis.ts'
import type { TestService } from './service.ts'

// Requests that no honest client makes: nothing is added, nothing is corrected, no redirect is followed.

export interface RawRequest {
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string | string[]>>
  readonly body?: string | Buffer
  /** A further address of this machine to come from, such as 127.0.0.7. */
  readonly from?: string
}

export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
  /** Milliseconds by the real clock. */
  readonly took: number
}

export const FORM = { 'content-type': 'application/x-www-form-urlencoded' } as const

/** Sends it to the service's port with the issuer's Host, unless `headers` name another. */
export function raw(
  issuer: string,
  { method = 'GET', path, headers = {}, body, from }: RawRequest,
): Promise<RawAnswer> {
  const { host, port } = new URL(issuer)
  const began = performance.now()
  return new Promise((resolve, reject) => {
    const out = request(
      {
        host: '127.0.0.1',
        port,
        method,
        path,
        agent: false,
        ...(from === undefined ? {} : { localAddress: from }),
        headers: {
          host,
          ...(body === undefined || headers['transfer-encoding']
            ? {}
            : { 'content-length': String(Buffer.byteLength(body)) }),
          ...headers,
        },
      },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString('utf8'),
            took: performance.now() - began,
          }),
        )
      },
    )
    // A server that has answered may stop reading a giant body.
    out.on('error', (error: NodeJS.ErrnoException) => (error.code === 'EPIPE' ? undefined : reject(error)))
    out.end(body)
  })
}

/** The bytes as they are, and all that comes back until the other side closes or `patience` ms of silence. */
export function bytes(issuer: string, text: string | Buffer, patience = 500): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    const socket = connect(Number(new URL(issuer).port), '127.0.0.1', () => socket.write(text))
    const end = () => {
      socket.destroy()
      resolve(Buffer.concat(chunks).toString('latin1'))
    }
    socket.setTimeout(patience, end)
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('error', end)
    socket.on('close', end)
  })
}

/** How many rows each table and how many keys Redis holds. The schedule's own notes aside: it writes them when it starts. */
export async function kept(at: TestService, redis?: Pick<TestRedis, 'client'>): Promise<Record<string, number>> {
  const { db } = at.database
  const tables = await rows<{ name: string }>(
    db,
    `select table_name as name from information_schema.tables where table_schema = 'public' and table_name <> 'periodic_work' order by 1`,
  )
  const counting = tables.map(({ name }) => `select '${name}' as name, count(*)::int as count from "${name}"`)
  const counted = await rows<{ name: string; count: number }>(db, counting.join(' union all '))
  const counts = Object.fromEntries(counted.map(({ name, count }) => [name, count]))
  return redis ? { ...counts, redis: await redis.client.dbsize() } : counts
}
