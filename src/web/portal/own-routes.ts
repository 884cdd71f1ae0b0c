import type { Context } from 'koa'
import { ADDED, type Added, mePage } from '../../../views/portal/me.ts'
import { ownDonePage } from '../../../views/portal/own-done.ts'
import { ownRemovePage } from '../../../views/portal/own-remove.ts'
import { ownWaysPage } from '../../../views/portal/own-ways.ts'
import type { Line } from '../../audit/own-history.ts'
import type { Assurance } from '../../identity/assurance.ts'
import type { MethodId, PersonKey } from '../../identity/identifiers.ts'
import { Problem, TROUBLE, type TroubleCode } from '../../identity/trouble.ts'
import type { OwnBlocks, Wanted } from '../../login/own-blocks.ts'
import type { OwnMail } from '../../login/own-mail.ts'
import { CHANGE, type OwnMeans, type OwnOne } from '../../login/own-means.ts'
import type { Refusal } from '../../methods/method.ts'
import type { Engine } from '../../oidc/engine.ts'
import type { Present } from '../../oidc/present.ts'
import type { Case } from '../../persons/cases.ts'
import type { LiveSession } from '../../sessions/live.ts'
import { readForm } from '../form.ts'
import { page } from '../frame.ts'
import type { Handler, Route } from '../router.ts'
import { pageOf } from './entrance.ts'
import type { Own } from './own.ts'
import { MAIL_PATH } from './own-mail-routes.ts'
import { shownSession } from './own-session-routes.ts'
import { ME, RETURN } from './relying-party.ts'
import type { Told } from './told.ts'

// The citizen's own page: what they have to come in with, taking it away, and the ways they shut. Adding is a file for
// each kind of means (own-app.ts and the others).

export interface Needs extends Own {
  readonly engine: Pick<Engine, 'present'>
  readonly means: OwnMeans
  readonly blocks: OwnBlocks
  /** What the first sure sign-in took away, until the person has read it. */
  readonly wiped: (
    person: PersonKey,
  ) => Promise<{ readonly at: Date; readonly methods: readonly MethodId[] } | undefined>
  readonly forgetWiped: (person: PersonKey) => Promise<void>
  readonly told: Told
  /** The newest lines of what was done in their name. */
  readonly recent: (person: PersonKey) => Promise<readonly Line[]>
  readonly live: (person: PersonKey) => Promise<readonly LiveSession[]>
  readonly casesOf: (person: PersonKey) => Promise<readonly Case[]>
  /** Absent where no e-mails are sent. */
  readonly mail?: Pick<OwnMail, 'now'> | undefined
  /** What can be added here. */
  readonly adding: readonly Added[]
}

const READ = `${ME}/read`
const WAYS = `${ME}/ways`
const REMOVE = `${ME}/remove/:ref`

export function ownRoutes(needs: Needs): Route[] {
  const { engine, entrance, means, blocks, checkForm, around, ownerOf, trouble } = needs

  async function showAll(ctx: Context): Promise<void> {
    const present = await entrance.enter(ctx)
    if (!present) return
    const { person } = present
    const [all, wiped, sessions, lines, cases, address] = await Promise.all([
      means.list(person),
      needs.wiped(person.key),
      needs.live(person.key),
      needs.recent(person.key).then((lines) => needs.told.lines(person.key, lines)),
      needs.casesOf(person.key),
      needs.mail?.now(ownerOf(ctx, present)),
    ])
    const { ways, later } = blocks.now(person)
    const has = (kind: Added) => all.some((one) => one.kind === kind)
    const input = {
      who: nameOf(present),
      means: all.map(shown),
      add: ADDED.filter((kind) => needs.adding.includes(kind)).map((kind) => ({
        kind,
        href: `${ME}/add/${kind}`,
        replaces: kind !== 'passkey' && has(kind),
      })),
      ways: { shut: ways.filter(({ open }) => !open), later, href: WAYS },
      ...(wiped && { wiped: { at: wiped.at.getTime(), methods: wiped.methods.map((id) => ({ id })), action: READ } }),
      sessions: sessions.map((one) => shownSession(one, present, needs.told)),
      lines,
      cases: cases.map(({ number, closed }) => ({ number, closed: closed?.at.getTime() })),
      more: {
        history: `${ME}/history`,
        looks: `${ME}/look-ups`,
        consents: `${ME}/consents`,
        download: `${ME}/download`,
        ...(needs.mail && { mail: { href: MAIL_PATH, now: address } }),
      },
      leave: '/session/end',
    }
    page(ctx, mePage.render(input, around(ctx, present)))
  }

  /** Back from the door. Nothing that came along is believed: who is here is looked up, and where to go is ours. */
  async function comeBack(ctx: Context): Promise<void> {
    const { error, state } = ctx.query
    const present = await engine.present(ctx)
    if (error === 'unmet_authentication_requirements') return trouble(ctx, present, { code: 'PRT-2221' })
    if (error !== undefined) return go(ctx, present ? ME : '/')
    // Whose browser keeps no cookies would be led in circles.
    if (!present) throw new Problem('PRT-1002')
    return go(ctx, pageOf(state))
  }

  const gone: Refusal = { code: 'PRT-2223' }

  /** The means that the address names, when the sign-in will do for it; the answer is given where there is none. */
  async function named(ctx: Context, ref: string): Promise<{ present: Present; one: OwnOne } | undefined> {
    let one: OwnOne | undefined
    const level = async ({ person }: Present): Promise<Assurance> => {
      one = await means.find(person, ref)
      return one?.change ?? 'low'
    }
    const present = await entrance.enterFor(ctx, level)
    if (!present) return undefined
    if (one) return { present, one }
    trouble(ctx, present, gone)
    return undefined
  }

  const askRemoval = (ctx: Context, { present, one }: { present: Present; one: OwnOne }): void =>
    page(
      ctx,
      ownRemovePage.render(
        { action: `${ME}/remove/${one.ref}`, back: ME, kind: one.kind, label: one.label, last: one.last },
        around(ctx, present),
      ),
    )

  const remove: Handler = async (ctx, { ref = '' }) => {
    checkForm(ctx)
    const found = await named(ctx, ref)
    if (!found) return
    const { last } = await readForm(ctx)
    const { present, one } = found
    const done = await means.remove(ownerOf(ctx, present), one, last === '1')
    if (done === 'gone') return trouble(ctx, present, gone)
    // It has become the last since the page was shown: now with the warning.
    if (done === 'last') return askRemoval(ctx, { present, one: { ...one, last: true } })
    page(ctx, ownDonePage.render({ what: 'removed', kind: one.kind, back: ME }, around(ctx, present)))
  }

  /** @param refused what the person wanted, and why not: it stands as they left it. */
  function showWays(ctx: Context, present: Present, refused?: Wanted & { readonly code: TroubleCode }): void {
    const now = blocks.now(present.person)
    const input = {
      action: WAYS,
      back: ME,
      ways: refused ? now.ways.map(({ id }) => ({ id, open: refused.open.includes(id) })) : now.ways,
      later: refused ? refused.later : now.later,
      ...(refused && { trouble: { code: refused.code } }),
    }
    ctx.state.trouble = refused?.code
    page(ctx, ownWaysPage.render(input, around(ctx, present)), refused ? TROUBLE[refused.code].status : 200)
  }

  async function changeWays(ctx: Context): Promise<void> {
    checkForm(ctx)
    const present = await entrance.enterFor(ctx, 'low')
    if (!present) return
    const fields = await readForm(ctx)
    const open = blocks.now(present.person).ways.flatMap(({ id }) => (fields[`way-${id}`] === '1' ? [id] : []))
    const wanted = { open, later: fields.later === '1' }
    const done = await blocks.change(ownerOf(ctx, present), wanted)
    if (done === 'none-left') return showWays(ctx, present, { ...wanted, code: 'PRT-2226' })
    if (done !== 'done') return entrance.leadOn(ctx, done.lacks)
    page(ctx, ownDonePage.render({ what: 'blocks', back: ME }, around(ctx, present)))
  }

  return [
    { method: 'GET', path: ME, handler: showAll },
    { method: 'GET', path: RETURN, handler: comeBack },
    {
      method: 'POST',
      path: READ,
      async handler(ctx) {
        checkForm(ctx)
        // Whoever has a weak means of theirs must not put away what its owner is to read.
        const present = await entrance.enterFor(ctx, CHANGE)
        if (!present) return
        await needs.forgetWiped(present.person.key)
        go(ctx, ME)
      },
    },
    // Back from that sign-in.
    { method: 'GET', path: READ, handler: async (ctx) => go(ctx, ME) },
    {
      method: 'GET',
      path: REMOVE,
      async handler(ctx, { ref = '' }) {
        const found = await named(ctx, ref)
        if (found) askRemoval(ctx, found)
      },
    },
    { method: 'POST', path: REMOVE, handler: remove },
    {
      method: 'GET',
      path: WAYS,
      async handler(ctx) {
        const present = await entrance.enterFor(ctx, 'low')
        if (present) showWays(ctx, present)
      },
    },
    { method: 'POST', path: WAYS, handler: changeWays },
  ]
}

const shown = ({ kind, label, by, enrolledAt, usedAt, confirmed, ref }: OwnOne) => ({
  kind,
  label,
  by,
  since: enrolledAt.getTime(),
  used: usedAt?.getTime(),
  unconfirmed: confirmed === undefined,
  remove: `${ME}/remove/${ref}`,
})

const nameOf = ({ person: { names } }: Present): string =>
  [names.given ?? names.givenLatin, names.family ?? names.familyLatin].filter(Boolean).join(' ')

function go(ctx: Context, to: string): void {
  ctx.status = 303
  ctx.set('Location', to)
  ctx.set('Cache-Control', 'no-store')
  ctx.body = ''
}
