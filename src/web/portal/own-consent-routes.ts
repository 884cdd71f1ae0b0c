import { hash } from 'node:crypto'
import type { Context } from 'koa'
import { ownConsentsPage } from '../../../views/portal/own-consents.ts'
import { ownDonePage } from '../../../views/portal/own-done.ts'
import { ownWithdrawPage } from '../../../views/portal/own-withdraw.ts'
import { GROUPS, groupsOf, isClaimName } from '../../disclosure/claims.ts'
import type { Consent } from '../../disclosure/consents.ts'
import type { Disclosure } from '../../disclosure/disclosure.ts'
import type { Words } from '../../identity/language.ts'
import { CHANGE } from '../../login/own-means.ts'
import type { Present } from '../../oidc/present.ts'
import { type Db, transaction } from '../../platform/db.ts'
import { page } from '../frame.ts'
import type { Route } from '../router.ts'
import { lookAndAct, type Own } from './own.ts'
import { ME } from './relying-party.ts'
import type { Told } from './told.ts'

// What somebody agreed to, and taking it back: in force at once, for what may be told is weighed anew at every release,
// whatever token asks.

export interface Needs extends Own {
  readonly db: Db
  readonly disclosure: Pick<Disclosure, 'consents' | 'past'>
  readonly told: Told
}

const PATH = `${ME}/consents`
const ONE = `${PATH}/:ref`

export function ownConsentRoutes(needs: Needs): Route[] {
  const { db, disclosure, told, entrance, checkForm, around, ownerOf, trouble } = needs
  const ofPerson = ({ person }: Present) => disclosure.consents.ofPerson(db, person.key)

  async function show(ctx: Context): Promise<void> {
    const present = await entrance.enter(ctx)
    if (!present) return
    const all = await ofPerson(present)
    const agreements = await disclosure.past(
      db,
      all.map(({ client, agreement: version }) => ({ client, version })),
    )
    const purposeOf = ({ client, agreement }: Consent): Words | undefined =>
      agreements.find((one) => one.client === client && one.version === agreement)?.purpose
    const shown = (one: Consent) => ({
      agency: told.agency(one.client)!,
      things: thingsOf([one]),
      purpose: purposeOf(one),
      since: one.givenAt.getTime(),
      ended: one.withdrawnAt?.getTime(),
      withdraw: one.withdrawnAt ? undefined : `${PATH}/${refOf(one)}`,
    })
    const input = {
      standing: all.filter(({ withdrawnAt }) => !withdrawnAt).map(shown),
      past: all.filter(({ withdrawnAt }) => withdrawnAt).map(shown),
      back: ME,
    }
    page(ctx, ownConsentsPage.render(input, around(ctx, present)))
  }

  /** What stands towards the agency that the address names; a withdrawal ends all of it. */
  async function named(ctx: Context, ref: string) {
    const present = await entrance.enterFor(ctx, CHANGE)
    if (!present) return undefined
    const standing = (await ofPerson(present)).filter((one) => !one.withdrawnAt && refOf(one) === ref)
    const [first] = standing
    const action = `${PATH}/${ref}`
    if (first) return { present, standing, action, client: first.client, agency: told.agency(first.client)! }
    trouble(ctx, present, { code: 'PRT-2235' })
    return undefined
  }

  return [
    { method: 'GET', path: PATH, handler: show },
    ...lookAndAct(ONE, checkForm, named, {
      look(ctx, { present, standing, action, agency }) {
        const input = { action, back: PATH, agency, things: thingsOf(standing) }
        page(ctx, ownWithdrawPage.render(input, around(ctx, present)))
      },
      async act(ctx, { present, client, agency }) {
        const { person, request } = ownerOf(ctx, present)
        await transaction(db, (tx) => disclosure.consents.withdraw(tx, { person: person.key, client, request }))
        page(ctx, ownDonePage.render({ what: 'withdrawn', agency, back: PATH }, around(ctx, present)))
      },
    }),
  ]
}

/** Client ids are as their makers like; an address has few letters. */
const refOf = ({ client }: Consent): string => hash('sha256', `consent|${client}`, 'base64url').slice(0, 22)

const thingsOf = (consents: readonly Consent[]): Words[] =>
  groupsOf(consents.flatMap(({ claims }) => claims.filter(isClaimName))).map((group) => GROUPS[group])
