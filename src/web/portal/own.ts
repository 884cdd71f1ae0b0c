import type { Context } from 'koa'
import type { Frame } from '../../../views/layout.ts'
import { troublePage } from '../../../views/login/trouble.ts'
import type { Assurance } from '../../identity/assurance.ts'
import { requestId } from '../../identity/identifiers.ts'
import { TROUBLE } from '../../identity/trouble.ts'
import type { Owner, OwnMeans } from '../../login/own-means.ts'
import type { Refusal } from '../../methods/method.ts'
import type { Present } from '../../oidc/present.ts'
import type { MeansKind } from '../../persons/means.ts'
import { type FrameOf, page } from '../frame.ts'
import type { Route } from '../router.ts'
import type { SourceOf } from '../source.ts'
import type { Entrance } from './entrance.ts'
import { ME, portalName } from './relying-party.ts'

// What the pages of the citizen's own means have in common.

export interface Own {
  readonly entrance: Entrance
  /** Refuses a form sent from another site. */
  readonly checkForm: (ctx: Context) => void
  around(ctx: Context, present?: Present): Frame
  ownerOf(ctx: Context, present: Present): Owner
  /** A page of trouble that leads back to the citizen's own. */
  trouble(ctx: Context, present: Present | undefined, refusal: Refusal): void
  /** Whether the person has one of that kind. */
  has(present: Present, kind: MeansKind): Promise<boolean>
  /** How surely somebody must be known to add a means of that kind. */
  toAdd(kind: MeansKind): (present: Present) => Promise<Assurance>
}

export interface Needs {
  readonly entrance: Entrance
  readonly checkForm: (ctx: Context) => void
  readonly frame: FrameOf
  readonly source: SourceOf
  readonly means: OwnMeans
}

export function openOwn({ entrance, checkForm, frame, source, means }: Needs): Own {
  const around: Own['around'] = (ctx, present) =>
    frame(ctx, { home: ME, ...(present?.person.language && { wishes: { person: present.person.language } }) })
  return {
    entrance,
    checkForm,
    around,
    trouble(ctx, present, refusal) {
      ctx.state.trouble = refusal.code
      const site = { href: ME, name: portalName() }
      const input = { trouble: refusal, requestId: ctx.state.requestId as string, site }
      page(ctx, troublePage.render(input, around(ctx, present)), TROUBLE[refusal.code].status)
    },
    ownerOf: (ctx, { person, acr, session }) => ({
      person,
      acr,
      session,
      source: source(ctx),
      request: requestId(ctx.state.requestId as string),
    }),
    has: async ({ person }, kind) => (await means.list(person)).some((one) => one.kind === kind),
    toAdd: (kind) => (present) => means.toAdd(present.person, kind),
  }
}

/** A page about one thing of theirs, which the address names, and the form on it. */
export function lookAndAct<Found>(
  path: string,
  checkForm: Own['checkForm'],
  /** Undefined where the page has been answered: they have no such thing, or must sign in first. */
  named: (ctx: Context, ref: string) => Promise<Found | undefined>,
  does: { look(ctx: Context, found: Found): void; act(ctx: Context, found: Found): Promise<void> },
): Route[] {
  return [
    {
      method: 'GET',
      path,
      async handler(ctx, { ref = '' }) {
        const found = await named(ctx, ref)
        if (found) does.look(ctx, found)
      },
    },
    {
      method: 'POST',
      path,
      async handler(ctx, { ref = '' }) {
        checkForm(ctx)
        const found = await named(ctx, ref)
        if (found) await does.act(ctx, found)
      },
    },
  ]
}

export function tellWait(ctx: Context, trouble: Refusal | undefined): void {
  const seconds = trouble?.values?.seconds
  if (seconds !== undefined && Number(seconds) > 0) ctx.set('Retry-After', String(seconds))
  ctx.state.trouble = trouble?.code
}
