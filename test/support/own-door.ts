import type { Citizen, TestService } from './service.ts'
import { SURE_CODE } from './sure-method.ts'
import type { Page, Visitor } from './visitor.ts'

// At the citizen's own page: signing in where it asks for it, by one means or another.

export type By = 'totp' | 'mobile-id'

/** Opens an address of the citizen's own page, and signs in on the way where that is asked for. */
export async function enter(
  at: TestService,
  visitor: Visitor,
  citizen: Citizen,
  { path = '/me', by = 'totp', pin }: { path?: string; by?: By; pin?: string } = {},
): Promise<Page> {
  return prove(at, visitor, citizen, await visitor.open(path), { by, ...(pin && { pin }) })
}

/** From a sign-in's first page to where it leads. */
export async function prove(
  at: TestService,
  visitor: Visitor,
  citizen: Citizen,
  page: Page,
  { by = 'totp', pin }: { by?: By; pin?: string } = {},
): Promise<Page> {
  if (!new URL(page.url).pathname.startsWith('/login/')) return page
  const form = page.html.includes('name="person_code"') ? page : await visitor.submit(page, { method: by })
  if (form.trouble !== undefined) return form
  // Each code works once.
  if (by === 'totp') at.clock.advance(30_000)
  const code = by === 'totp' ? citizen.oneTimeCode() : SURE_CODE
  const next = await visitor.submit(form, { scheme: citizen.scheme, person_code: citizen.code, code })
  return pin !== undefined && next.html.includes('name="pin"') ? visitor.submit(next, { pin }) : next
}

/** Where a page stands, without the origin. */
export const pathOf = ({ url }: Page): string => new URL(url).pathname

/** The secret that a page of a new app shows, in base32. */
export const secretOn = ({ html }: Page): string => /secret=([A-Z2-7]+)/.exec(html)![1]!

/** The links to take something away, in the order of the list. */
export const removals = ({ html }: Page): string[] =>
  [...html.matchAll(/href="(\/me\/remove\/[\w-]+)"/g)].map(([, path]) => path!)
