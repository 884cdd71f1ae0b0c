import type { Context } from 'koa'
import type { OwnSession } from '../../../views/own-lines.ts'
import { ownDonePage } from '../../../views/portal/own-done.ts'
import { ownNotMePage } from '../../../views/portal/own-not-me.ts'
import { ownNotMeDonePage } from '../../../views/portal/own-not-me-done.ts'
import { ownSessionPage } from '../../../views/portal/own-session.ts'
import { METHOD_IDS } from '../../identity/identifiers.ts'
import type { Disowned, NotMe } from '../../login/not-me.ts'
import { CHANGE } from '../../login/own-means.ts'
import type { Present } from '../../oidc/present.ts'
import type { Db } from '../../platform/db.ts'
import { type LiveSession, type LiveSessions, refOf } from '../../sessions/live.ts'
import { page } from '../frame.ts'
import type { Route } from '../router.ts'
import { lookAndAct, type Own } from './own.ts'
import { isOver } from './own-history-routes.ts'
import { ME } from './relying-party.ts'
import type { Told } from './told.ts'

// Somebody's open sessions: ending one, and saying of one that it is not theirs.

export interface Needs extends Own {
  readonly db: Db
  readonly live: Pick<LiveSessions, 'listOf' | 'end'>
  readonly told: Told
  readonly notMe: NotMe
}

const ONE = `${ME}/sessions/:ref`
const NOT_ME = `${ONE}/not-me`

/** As their owner reads it. */
export function shownSession(one: LiveSession, { session }: Present, told: Told): OwnSession {
  const { ref, device, parties, amr, startedAt, seenAt } = one
  return {
    device: device || undefined,
    agencies: parties.map(({ client }) => told.agency(client)!),
    means: METHOD_IDS.filter((id) => amr.includes(id)),
    since: startedAt.getTime(),
    used: seenAt.getTime(),
    here: ref === refOf(session),
    end: `${ME}/sessions/${ref}`,
    notMe: `${ME}/sessions/${ref}/not-me`,
  }
}

export function ownSessionRoutes(needs: Needs): Route[] {
  const { db, live, told, notMe, entrance, checkForm, around, ownerOf, trouble } = needs

  /** The one that the address names, when it is theirs. */
  async function named(ctx: Context, ref: string) {
    const present = await entrance.enterFor(ctx, CHANGE)
    if (!present) return undefined
    const one = (await live.listOf(db, present.person.key)).find((each) => each.ref === ref)
    if (one) return { present, one, session: shownSession(one, present, told) }
    trouble(ctx, present, { code: 'PRT-2235' })
    return undefined
  }

  function disownedBy({ ref, startedAt, device, amr, parties }: LiveSession): Disowned {
    const method = METHOD_IDS.find((id) => amr.includes(id))
    const clients = parties.map(({ client }) => client)
    const what = { type: 'session', at: startedAt.getTime(), detail: { device, amr: [...amr], clients } }
    return { what, which: { session: ref }, ...(method && { method }) }
  }

  return [
    ...lookAndAct(ONE, checkForm, named, {
      look(ctx, { present, session }) {
        page(ctx, ownSessionPage.render({ action: session.end, back: ME, session }, around(ctx, present)))
      },
      async act(ctx, { present, one, session }) {
        await live.end(db, one.ref, 'citizen', { kind: 'citizen', person: present.person.key })
        // Their own: there is nobody here any more to come back to the page.
        const back = session.here ? '/' : ME
        page(ctx, ownDonePage.render({ what: 'session', back }, around(ctx, present)))
      },
    }),
    ...lookAndAct(NOT_ME, checkForm, named, {
      look(ctx, { present, one, session }) {
        const { device, since: at, means, agencies } = session
        const about = { type: 'session', at, means, device, agency: agencies[0], received: [] }
        const { method: blocks } = disownedBy(one)
        const input = { action: session.notMe, back: ME, about, ends: 'that', blocks } as const
        page(ctx, ownNotMePage.render(input, around(ctx, present)))
      },
      async act(ctx, { present, one, session }) {
        const disowned = disownedBy(one)
        const { request } = ownerOf(ctx, present)
        const { number, blocked } = await notMe.said(disowned, { person: present.person.key, request })
        const signedOut = session.here || isOver(present, disowned)
        const input = { number, asked: false, ended: true, blocked, signedOut, back: signedOut ? undefined : ME }
        page(ctx, ownNotMeDonePage.render(input, around(ctx, present)))
      },
    }),
  ]
}
