import { ownDownloadPage } from '../../../views/portal/own-download.ts'
import { ownFilePage } from '../../../views/portal/own-file.ts'
import type { AuditLog } from '../../audit/log.ts'
import { CLAIMS, isClaimName } from '../../disclosure/claims.ts'
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
  function namesIn(sections: Everything): Record<string, Words> {
    const facts = Object.values(sections).flat()
    const those = (...names: string[]) =>
      facts.flatMap((one) => names.flatMap((name) => one[name] ?? [])).filter((one) => typeof one === 'string')
    const agencies = those('service', 'services', 'client', 'clients').map((id) => [id, told.agency(id)!] as const)
    const claims = those('claims').flatMap((name) => (isClaimName(name) ? [[name, CLAIMS[name].label] as const] : []))
    return Object.fromEntries([...agencies, ...claims])
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
