import { ownDownloadPage } from '../../../views/portal/own-download.ts'
import { AGENCIES, ownFilePage } from '../../../views/portal/own-file.ts'
import type { AuditLog } from '../../audit/log.ts'
import { CLAIMS, isClaimName } from '../../disclosure/claims.ts'
import type { Json } from '../../identity/json.ts'
import type { Words } from '../../identity/language.ts'
import { CHANGE } from '../../login/own-means.ts'
import type { Clock } from '../../platform/clock.ts'
import { readForm } from '../form.ts'
import { page } from '../frame.ts'
import type { Route } from '../router.ts'
import { type Everything, type Needs as EverythingNeeds, everythingAbout } from './everything.ts'
import type { Own } from './own.ts'
import { ME } from './relying-party.ts'
import type { Told } from './told.ts'

export interface Needs extends Own, EverythingNeeds {
  readonly audit: Pick<AuditLog, 'append'>
  readonly clock: Clock
  readonly told: Pick<Told, 'agency'>
}

const PATH = `${ME}/download`

/** All that is held about somebody, as one file. To read one's page takes no more than being signed in; to carry all of it away does. */
export function ownDownloadRoutes(needs: Needs): Route[] {
  const { db, audit, clock, told, entrance, checkForm, around, ownerOf } = needs

  /** Of agencies and claims that stand in the file. */
  function namesIn(sections: Everything) {
    const found = { agencies: {} as Record<string, Words>, claims: {} as Record<string, Words> }
    const name = (what: string, value: Json): void => {
      if (Array.isArray(value)) for (const one of value) name(what, one)
      else if (typeof value === 'object' && value !== null)
        for (const [inner, one] of Object.entries(value)) name(inner, one ?? null)
      else if (typeof value !== 'string') return
      else if (AGENCIES.includes(what)) found.agencies[value] = told.agency(value)!
      else if (what === 'claims' && isClaimName(value)) found.claims[value] = CLAIMS[value].label
    }
    name('', sections)
    return found
  }

  return [
    {
      method: 'GET',
      path: PATH,
      async handler(ctx) {
        const present = await entrance.enterFor(ctx, CHANGE)
        if (present) page(ctx, ownDownloadPage.render({ action: PATH, back: ME }, around(ctx, present)))
      },
    },
    {
      method: 'POST',
      path: PATH,
      async handler(ctx) {
        checkForm(ctx)
        const present = await entrance.enterFor(ctx, CHANGE)
        if (!present) return
        const { as } = await readForm(ctx)
        const { person, request } = ownerOf(ctx, present)
        // On record before anything leaves, and so in the file itself.
        const actor = { kind: 'citizen', person: person.key } as const
        await audit.append(db, { type: 'own.downloaded', actor, person: person.key, request })
        const sections = await everythingAbout(needs, person)
        const made = clock.now()
        const name = `pratu-${new Date(made).toISOString().slice(0, 10)}.${as === 'json' ? 'json' : 'html'}`
        ctx.set('Content-Disposition', `attachment; filename="${name}"`)
        if (as !== 'json')
          return page(ctx, ownFilePage.render({ made, sections, names: namesIn(sections) }, around(ctx, present)))
        ctx.set('Cache-Control', 'no-store')
        ctx.type = 'json'
        ctx.body = `${JSON.stringify({ made_at: new Date(made).toISOString(), ...sections }, undefined, 2)}\n`
      },
    },
  ]
}
