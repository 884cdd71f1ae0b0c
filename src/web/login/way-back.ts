import type { Context } from 'koa'
import type { Words } from '../../identity/language.ts'

// Whose sign-in a page belongs to, kept by the browser beside that page's address for a day. When the sign-in itself is
// over and forgotten (15 minutes), the page that says so can still lead back to where it was begun.

const COOKIE = '__Secure-pratu_from'
const DAY = 86_400_000

interface Party {
  readonly id: string
  readonly name: Words
  readonly metadata: Readonly<Record<string, unknown>>
  readonly disabled: boolean
}

export interface Site {
  readonly href: string
  readonly name: Words
}

/** The agency's own site, as it is registered; nobody is led to one that was switched off. */
export function siteOf(party: Party | undefined): Site | undefined {
  const href = party?.metadata.client_uri
  return party && !party.disabled && typeof href === 'string' ? { href, name: party.name } : undefined
}

/** @param path the page's address: no other page sees the cookie, so that two tabs don't mistake their agencies. */
export function keepWayBack(ctx: Context, path: string, { id }: Pick<Party, 'id'>): void {
  // Not signed: it leads only to registered sites, and only who could change it.
  ctx.cookies.set(COOKIE, id, { signed: false, httpOnly: true, sameSite: 'lax', path, maxAge: DAY, overwrite: true })
}

export function openWayBack(find: (id: string) => Party | undefined) {
  return function wayBack(ctx: Context): Site | undefined {
    const id = ctx.cookies.get(COOKIE, { signed: false })
    return id === undefined ? undefined : siteOf(find(id))
  }
}
