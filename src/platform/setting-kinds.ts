import { isIP } from 'node:net'
import { redisAddress } from './redis-address.ts'
import type { Kind } from './settings.ts'

// Kinds of values that several settings have, or that take more than a line to read.

export const originOnly: Kind<string> = {
  called: 'an address (https://host)',
  read(value) {
    const parsed = URL.parse(value)
    if (!parsed || !['https:', 'http:'].includes(parsed.protocol)) throw new Error('must begin with https://')
    if (parsed.origin !== value) throw new Error(`must be scheme and host only, as in ${parsed.origin}`)
    return value
  },
}

export const addressRange: Kind<string> = {
  called: 'an IP address or range (10.0.0.0/8)',
  read(value) {
    const [address = '', bits, ...more] = value.split('/')
    const size = { 4: 32, 6: 128 }[isIP(address)]
    const fits = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (size ?? 0))
    if (size === undefined || !fits || more.length > 0) throw new Error('must hold IP addresses or ranges only')
    return value
  },
}

export const zone: Kind<string> = {
  called: 'an IANA time zone (Europe/Tallinn)',
  read(value) {
    try {
      return new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone
    } catch (error) {
      throw new Error('must be a time zone such as Asia/Bangkok', { cause: error })
    }
  },
}

export const hostName: Kind<string> = {
  called: 'a host name',
  read(value) {
    if (!/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(value) && isIP(value) === 0)
      throw new Error('must hold host names only')
    return value.toLowerCase()
  },
}

export const phonePrefix: Kind<string> = {
  called: "a country's telephone prefix (+66)",
  read(value) {
    if (!/^\+[1-9]\d{0,6}$/.test(value)) throw new Error('must hold prefixes such as +66 only')
    return value
  },
}

export const file: Kind<string> = { called: 'a file', read: (value) => value }

export const redis: Kind<string> = {
  called: 'an address (redis[s]://, redis[s]+sentinel://, redis[s]+cluster://, or the path of a unix socket)',
  read(value) {
    try {
      redisAddress(value)
    } catch (error) {
      throw new Error((error as Error).message.replace('Redis address: ', 'is not usable: '), { cause: error })
    }
    return value
  },
}

export const key32: Kind<Buffer> = {
  called: '32 bytes, base64url or hexadecimal',
  read(value) {
    const bytes = Buffer.from(value, /^[0-9a-f]{64}$/i.test(value) ? 'hex' : 'base64url')
    if (bytes.length !== 32) throw new Error('must be 32 random bytes, base64url or hexadecimal')
    return bytes
  },
}
