import type { Context } from 'koa'
import { ownHistoryPage } from '../../../views/portal/own-history.ts'
import { ownNotMePage } from '../../../views/portal/own-not-me.ts'
import { ownNotMeDonePage } from '../../../views/portal/own-not-me-done.ts'
import type { Line, OwnHistory } from '../../audit/own-history.ts'
import type { MethodId } from '../../identity/identifiers.ts'
import type { Disowned, NotMe } from '../../login/not-me.ts'
import { CHANGE } from '../../login/own-means.ts'
import type { Present } from '../../oidc/present.ts'
import type { Db } from '../../platform/db.ts'
import { refOf } from '../../sessions/live.ts'
import { page } from '../frame.ts'
import type { Route } from '../router.ts'
import { lookAndAct, type Own } from './own.ts'
import { ME } from './relying-party.ts'
import { meansOf, type Told } from './told.ts'

// What was done in somebody's name, page by page; who looked their entry up; and saying of a line that it was not them.

export interface Needs extends Own {
  readonly db: Db
  readonly history: OwnHistory
  readonly told: Told
  readonly notMe: NotMe
  readonly keptDays: number
  readonly delayDays: number
}

const PAGE = 50
const HISTORY = `${ME}/history`
const LOOKS = `${ME}/look-ups`
const NOT_ME = `${ME}/not-me/:ref`

export function ownHistoryRoutes(needs: Needs): Route[] {
  const { db, history, told, notMe, keptDays, delayDays, entrance, checkForm, around, ownerOf, trouble } = needs

  async function show(ctx: Context, what: 'all' | 'looks', path: string): Promise<void> {
    const present = await entrance.enter(ctx)
    if (!present) return
    const after = placeOf(ctx.query.before)
    const found = await history.of(db, present.person.key, {
      limit: PAGE + 1,
      ...(after && { after }),
      ...(what === 'looks' && { types: ['person.read'] }),
    })
    const lines = found.slice(0, PAGE)
    const last = lines.at(-1)
    const input = {
      what,
      lines: await told.lines(present.person.key, lines),
      keptDays,
      delayDays,
      older: found.length > PAGE && last ? `${path}?before=${last.at}.${last.ref}` : undefined,
      newest: after ? path : undefined,
      back: ME,
    }
    page(ctx, ownHistoryPage.render(input, around(ctx, present)))
  }

  /** The line that the address names, and what saying so of it would do. */
  async function named(ctx: Context, ref: string) {
    const present = await entrance.enterFor(ctx, CHANGE)
    if (!present) return undefined
    const line = await history.find(db, present.person.key, ref)
    const [about] = line ? await told.lines(present.person.key, [line]) : []
    if (line && about?.notMe !== undefined)
      return { present, line, about, disowned: disownedBy(line, refOf(present.session)) }
    trouble(ctx, present, { code: 'PRT-2235' })
    return undefined
  }

  return [
    { method: 'GET', path: HISTORY, handler: (ctx) => show(ctx, 'all', HISTORY) },
    { method: 'GET', path: LOOKS, handler: (ctx) => show(ctx, 'looks', LOOKS) },
    ...lookAndAct(NOT_ME, checkForm, named, {
      look(ctx, { present, about, disowned }) {
        const ends = disowned.which ? 'that' : 'nothing'
        const input = { action: about.notMe!, back: HISTORY, about, ends, blocks: disowned.method } as const
        page(ctx, ownNotMePage.render(input, around(ctx, present)))
      },
      async act(ctx, { present, about, disowned }) {
        const { request } = ownerOf(ctx, present)
        const signedOut = isOver(present, disowned)
        const done = await notMe.said(disowned, { person: present.person.key, request })
        const input = {
          number: done.number,
          asked: about.by === 'official',
          ended: disowned.which !== undefined,
          blocked: done.blocked,
          signedOut,
          back: signedOut ? undefined : ME,
        }
        page(ctx, ownNotMeDonePage.render(input, around(ctx, present)))
      },
    }),
  ]
}

/** Of a sign-in, the means of it and the session; of a means that was added or ways that were changed, no more than the means. */
function disownedBy(line: Line, here: string): Disowned {
  const { type, at, client, detail } = line
  const what = { type, at, ...(client && { client }), detail }
  const means = meansOf(detail).filter((kind): kind is MethodId => kind !== 'pin')
  // The last proof is the one that counted: of several words the method's own stands last.
  const method = means.at(-1)
  switch (type) {
    case 'sign-in.succeeded':
    case 'sign-in.single-sign-on': {
      const { session, auth_time: signIn, device } = detail
      return {
        what,
        ...(method && { method }),
        which: {
          ...(typeof session === 'string' && { session }),
          ...(typeof signIn === 'number' && { signIn }),
          ...(typeof device === 'string' && { device }),
          except: here,
        },
      }
    }
    case 'sign-in.refused':
    case 'credential.enrolled':
      return detail.actor === 'operator' ? { what } : { what, ...(method && { method }) }
    default:
      return { what }
  }
}

/** Whether whoever says it is here by the very way that is shut now. */
export const isOver = ({ amr }: Present, { method }: Disowned): boolean => method !== undefined && amr.includes(method)

/** Where the page before ended. */
function placeOf(text: unknown): { at: number; ref: string } | undefined {
  const [, at, ref] = typeof text === 'string' ? (/^(\d{1,16})\.([0-9a-f-]{36})$/.exec(text) ?? []) : []
  return at !== undefined && ref !== undefined ? { at: Number(at), ref } : undefined
}
