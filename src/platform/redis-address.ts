// How `PRATU_REDIS_URL` is written, for one server, a unix socket, Sentinel and Cluster. The URL standard knows no list of
// hosts, so this is read by hand.

interface Host {
  readonly host: string
  readonly port: number
}

interface Access {
  readonly tls: boolean
  readonly username?: string
  readonly password?: string
  /** The address without user and password, for messages and logs. */
  readonly shown: string
}

export type RedisAddress =
  | (Access & { readonly form: 'server'; readonly host: Host; readonly db: number })
  | (Access & { readonly form: 'socket'; readonly path: string; readonly db: number })
  | (Access & {
      readonly form: 'sentinel'
      readonly hosts: readonly Host[]
      readonly name: string
      readonly db: number
      readonly sentinelPassword?: string
    })
  | (Access & { readonly form: 'cluster'; readonly hosts: readonly Host[] })

const FORMS =
  'redis://host:port/db, /path/to/redis.sock, redis+sentinel://host:port,host:port/name or redis+cluster://host:port,host:port (rediss for TLS)'
const SERVER_PORT = 6379
const SENTINEL_PORT = 26379

/**
 * `redis[s]://[user:password@]host[:port][/db]`, `[unix://]/path/to.sock[?db=1]`,
 * `redis[s]+sentinel://[user:password@]host[:port],…/name[?db=1&sentinel_password=…]`,
 * `redis[s]+cluster://[user:password@]host[:port],…`. User and password are percent-encoded.
 * @throws Error in one sentence that names the mistake and never the password.
 */
export function redisAddress(url: string): RedisAddress {
  const parts =
    /^(?:(?<scheme>rediss?)(?:\+(?<many>sentinel|cluster))?|(?<unix>unix)):\/\/(?:(?<user>[^:@/]*)(?::(?<password>[^@/]*))?@)?(?<hosts>[^/?@]*)(?<path>\/[^?]*)?(?:\?(?<query>.*))?$/.exec(
      url.startsWith('/') ? `unix://${url}` : url,
    )?.groups
  if (!parts) throw new Error(`Redis address: not one of ${FORMS}`)
  const { scheme, many, unix, user, password, hosts: list = '', path = '', query = '' } = parts
  const asked = new URLSearchParams(query)
  for (const name of asked.keys())
    if (name !== 'db' && name !== 'sentinel_password') throw new Error(`Redis address: unknown option ${name}`)
  const access: Access = {
    tls: scheme === 'rediss',
    shown: unix ? `unix://${path}` : `${scheme}${many ? `+${many}` : ''}://${list}${path}`,
    ...(user ? { username: decoded(user) } : {}),
    ...(password ? { password: decoded(password) } : {}),
  }
  if (unix) {
    if (list !== '' || path.length < 2) throw new Error('Redis address: unix:// wants an absolute path')
    return { ...access, form: 'socket', path: decoded(path), db: number(asked.get('db') ?? '0') }
  }
  const hosts = list.split(',').map((text) => readHost(text, many === 'sentinel' ? SENTINEL_PORT : SERVER_PORT))
  const rest = path.replace(/^\//, '')
  if (many === 'cluster') {
    if (rest !== '' && rest !== '0') throw new Error('Redis address: a Cluster has only database 0')
    return { ...access, form: 'cluster', hosts }
  }
  if (many === 'sentinel') {
    if (rest === '') throw new Error('Redis address: Sentinel wants the name of the primary after the hosts (/name)')
    const sentinelPassword = asked.get('sentinel_password')
    return {
      ...access,
      form: 'sentinel',
      hosts,
      name: decoded(rest),
      db: number(asked.get('db') ?? '0'),
      ...(sentinelPassword === null ? {} : { sentinelPassword }),
    }
  }
  if (hosts.length > 1)
    throw new Error('Redis address: several hosts want redis+sentinel:// or redis+cluster://, not redis://')
  return { ...access, form: 'server', host: hosts[0]!, db: number(rest === '' ? (asked.get('db') ?? '0') : rest) }
}

function readHost(text: string, usual: number): Host {
  const found = /^(?:\[(?<six>[0-9a-fA-F:.]+)\]|(?<name>[^:[\]\s]+))(?::(?<port>\d{1,5}))?$/.exec(text)?.groups
  const port = Number(found?.port ?? usual)
  if (!found || port < 1 || port > 65535) throw new Error(`Redis address: "${text}" is not host:port`)
  return { host: found.six ?? found.name!, port }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new Error('Redis address: user, password and names must be percent-encoded')
  }
}

function number(text: string): number {
  if (!/^\d{1,4}$/.test(text)) throw new Error(`Redis address: "${text}" is not the number of a database`)
  return Number(text)
}
