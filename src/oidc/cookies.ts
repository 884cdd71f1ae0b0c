import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto'
import { type Keys, madeOf, type VersionedKey } from '../platform/seal.ts'
import type { WebCtx } from './visit.ts'

// Names, attributes and signatures of the engine's cookies.

/** `__Host-`: only this host, only Secure, path /. The other two are bound to one path, which `__Host-` forbids. */
export const COOKIES = {
  session: '__Host-idp_sid',
  interaction: '__Secure-idp_interaction',
  resume: '__Secure-idp_resume',
} as const

/** Lax and not Strict: people arrive from the agencies' sites and must be known then. */
export const ATTRIBUTES = { httpOnly: true, secure: true, sameSite: 'lax', signed: true, overwrite: true } as const

const LASTING = '; samesite=lax; secure; httponly'

/**
 * One of the engine's cookies with its signature beside it, as the library of cookies writes them with ATTRIBUTES: for our own
 * short ways, which set four at every sign-in, at a tenth of its time. An empty value ends them. Nothing in a name, a value
 * or a path may need an escape.
 */
export function signedLines(keys: Pick<Keygrip, 'sign'>, name: string, value: string, path: string, until?: Date) {
  const end = value === '' ? new Date(0) : until
  const rest = `; path=${path}${end ? `; expires=${end.toUTCString()}` : ''}${LASTING}`
  const signature = value === '' ? '' : keys.sign(`${name}=${value}`)
  return [`${name}=${value}${rest}`, `${name}.sig=${signature}${rest}`]
}

/** Beside those that the answer has already, none of them of the same name. */
export function addCookies({ res }: WebCtx, lines: readonly string[]): void {
  const set = res.getHeader('set-cookie')
  res.setHeader('Set-Cookie', [...(Array.isArray(set) ? set : set === undefined ? [] : [String(set)]), ...lines])
}

const VALUE = new RegExp(`(?:^|;) *${COOKIES.interaction}=([^;]*)`)
const SIGNATURE = new RegExp(`(?:^|;) *${COOKIES.interaction}\\.sig=([^;]*)`)

/** The interaction that a Cookie header is bound to, if its signature fits: as koa reads it, and without koa. */
export function interactionIn(header: string | undefined, keys: Pick<Keygrip, 'verify'>): string | undefined {
  if (header === undefined) return undefined
  const value = VALUE.exec(header)?.[1]
  const signature = SIGNATURE.exec(header)?.[1]
  if (!value || !signature) return undefined
  return keys.verify(`${COOKIES.interaction}=${value}`, signature) ? value : undefined
}

/** What koa's cookies ask of a keygrip. */
export interface Keygrip {
  sign(data: string): string
  verify(data: string, digest: string): boolean
  index(data: string, digest: string): number
}

/**
 * HMAC-SHA-256. The usual keygrip compares by two more HMACs under a fresh random key, which costs a fifth of a whole
 * login. `index` answers 0 for every key that fits: a newer signature is set when the cookie is next renewed.
 */
export function openKeygrip(keys: readonly VersionedKey[] | Keys): Keygrip {
  const ring = madeOf(keys, (all) => all.map(({ key }) => createSecretKey(key)).toReversed())
  const mac = (key: KeyObject, data: string) => createHmac('sha256', key).update(data)
  const fits = (data: string, digest: string): boolean => {
    const given = Buffer.from(digest)
    return ring().some((key) => {
      const right = Buffer.from(mac(key, data).digest('base64url'))
      return right.length === given.length && timingSafeEqual(right, given)
    })
  }
  return {
    sign: (data) => mac(ring()[0]!, data).digest('base64url'),
    verify: fits,
    index: (data, digest) => (fits(data, digest) ? 0 : -1),
  }
}
