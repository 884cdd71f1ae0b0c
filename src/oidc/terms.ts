import type { Client } from '../clients/relying-party.ts'
import type { Disclosure } from '../disclosure/disclosure.ts'
import { type Assurance, higher, LEVELS, lower } from '../identity/assurance.ts'
import type { Method } from '../methods/method.ts'
import type { Person } from '../persons/person.ts'
import type { Needs, Terms } from './needs.ts'

/** What the agreement in force says about signing in. Without one an agency still gets a subject, at any level. */
export function termsOf(disclosure: Disclosure, client: Client, methods: readonly Method[]): Terms {
  // An agreement that has ended tells nothing any more, but its demands on the sign-in stay: never less than was agreed.
  const present = disclosure.agreement(client)
  const inForce = disclosure.agreementInForce(client)
  const { lowest = LEVELS[0], highest = LEVELS[2] } = present?.assurance ?? {}
  const open = methods.filter(({ id }) => present?.methods === undefined || present.methods.includes(id))
  const most = open.reduce<Assurance>((best, { assurance }) => higher(best, assurance), LEVELS[0])
  return {
    floor: lowest,
    reachable: lower(most, highest),
    reaches: Object.fromEntries(open.map(({ id, assurance }) => [id, lower(assurance, highest)])),
    refresh: inForce?.refresh ?? false,
    ...(inForce?.refreshAfterIdle && { refreshAfterIdle: true }),
    ...(present?.askToContinue && { askToContinue: true }),
    ...(present?.methods && { methods: open.map(({ id }) => id) }),
    ...(present?.eResidents === false && { eResidents: false }),
  }
}

/** Whether the agency takes this person, as its agreement says now: it may have begun to exclude e-residents since they came. */
export const takes = ({ terms }: Pick<Needs, 'terms'>, client: Client, { kind }: Pick<Person, 'kind'>): boolean =>
  kind !== 'e-resident' || terms(client).eResidents !== false
