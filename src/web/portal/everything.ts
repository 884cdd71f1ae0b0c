import type { Line, OwnHistory } from '../../audit/own-history.ts'
import type { Disclosure } from '../../disclosure/disclosure.ts'
import type { PersonKey } from '../../identity/identifiers.ts'
import type { Json } from '../../identity/json.ts'
import type { Receipts } from '../../jobs/receipts.ts'
import type { Requests } from '../../operators/requests.ts'
import { wordsOf } from '../../persons/blocks.ts'
import type { Cases } from '../../persons/cases.ts'
import type { Credentials } from '../../persons/credentials.ts'
import type { MailAddresses } from '../../persons/mail-addresses.ts'
import type { MeansKeeper } from '../../persons/means.ts'
import type { Person, Persons } from '../../persons/person.ts'
import type { Db } from '../../platform/db.ts'
import type { LiveSessions } from '../../sessions/live.ts'

// All that the service holds about one person, for themselves: no secret, and of others no more than their kind. A test
// holds it against the tables, so that a new one without an answer fails.

export type Facts = { readonly [name: string]: Json }

/** In the order in which it is read. */
export const SECTIONS = [
  'entry',
  'versions',
  'means',
  'channels',
  'sessions',
  'history',
  'consents',
  'cases',
  'notices',
  'requests',
] as const
export type Section = (typeof SECTIONS)[number]
export type Everything = { readonly [section in Section]: readonly Facts[] }

export interface Needs {
  readonly db: Db
  readonly persons: Pick<Persons, 'history'>
  readonly keepers: readonly MeansKeeper[]
  readonly credentials: Pick<Credentials, 'phone'>
  readonly mailAddresses: Pick<MailAddresses, 'find'>
  readonly live: Pick<LiveSessions, 'listOf'>
  readonly ownHistory: Pick<OwnHistory, 'of'>
  readonly disclosure: Pick<Disclosure, 'consents'>
  readonly cases: Pick<Cases, 'ofPerson'>
  readonly receipts: Pick<Receipts, 'find'>
  readonly requests: Pick<Requests, 'about'>
}

const PAGE = 1_000
/** Of the kinds of the queue, those that are about a person. */
const TOLD = ['announcement', 'mail', 'logout', 'security-event']

export async function everythingAbout(needs: Needs, { key }: Person): Promise<Everything> {
  const { db } = needs
  const versions = await needs.persons.history(db, key)
  const [current, ...former] = versions
  return {
    entry: current ? [entryOf(current.person)] : [],
    versions: former.map(({ person, since, replaced }) => ({
      ...entryOf(person),
      since: time(since),
      ...(replaced && { until: time(replaced.at), replaced_by: replaced.by.kind }),
    })),
    means: (await Promise.all(needs.keepers.map((keeper) => keeper.list(db, key)))).flat().map((one) =>
      known({
        kind: one.kind,
        label: one.label,
        made_at: one.enrolledAt.toISOString(),
        used_at: one.usedAt?.toISOString(),
        made_by: one.by,
        confirmed: one.confirmed ?? 'nobody',
        level: one.level,
      }),
    ),
    channels: await channelsOf(needs, key),
    sessions: (await needs.live.listOf(db, key)).map((one) => ({
      device: one.device,
      level: one.acr,
      means: [...one.amr],
      since: one.startedAt.toISOString(),
      used_at: one.seenAt.toISOString(),
      ends_at: one.endsAt.toISOString(),
      services: one.parties.map(({ client }) => client),
    })),
    history: await historyOf(needs, key),
    consents: (await needs.disclosure.consents.ofPerson(db, key)).map((one) =>
      known({
        service: one.client,
        claims: [...one.claims],
        given_at: one.givenAt.toISOString(),
        withdrawn_at: one.withdrawnAt?.toISOString(),
      }),
    ),
    cases: (await needs.cases.ofPerson(db, key)).map((one) =>
      known({
        number: one.number,
        opened_at: one.openedAt.toISOString(),
        said: one.said,
        about: one.about,
        closed_at: one.closed?.at.toISOString(),
        outcome: one.closed?.outcome,
      }),
    ),
    notices: (await needs.receipts.find(db, { kinds: TOLD, person: key }, PAGE)).map((one) =>
      known({ kind: one.kind, about: one.about, made_at: time(one.madeAt), state: one.state, tries: one.tries }),
    ),
    requests: (await needs.requests.about(db, key)).map((one) =>
      known({
        kind: one.kind,
        asked_at: time(one.askedAt),
        approved_at: one.approved && time(one.approved.at),
        refused_at: one.refused && time(one.refused.at),
        used_at: one.usedAt === undefined ? undefined : time(one.usedAt),
      }),
    ),
  }
}

const entryOf = ({
  kind,
  status,
  identifiers,
  names,
  birthDate,
  language,
  version,
  strongSince,
  endedAt,
  blocks,
}: Person) =>
  known({
    kind,
    status,
    identifiers: identifiers.map(({ scheme, code, validFrom, validTo }) =>
      [scheme, code, validFrom, validTo && `– ${validTo}`].filter(Boolean).join(' '),
    ),
    given_name: names.given,
    family_name: names.family,
    given_name_latin: names.givenLatin,
    family_name_latin: names.familyLatin,
    birth_date: birthDate,
    language,
    known_surely_since: strongSince === undefined ? undefined : time(strongSince),
    sign_ins_ended_at: endedAt === undefined ? undefined : time(endedAt),
    blocked_ways: blocks && wordsOf(blocks),
    version,
  })

async function channelsOf({ db, credentials, mailAddresses }: Needs, key: PersonKey): Promise<Facts[]> {
  const [telephone, mail] = await Promise.all([credentials.phone(db, key), mailAddresses.find(db, key)])
  return [
    ...(telephone === undefined ? [] : [{ telephone }]),
    ...(mail ? [{ mail_address: mail.address, confirmed_at: mail.confirmedAt.toISOString() }] : []),
  ]
}

async function historyOf({ db, ownHistory }: Needs, key: PersonKey): Promise<Facts[]> {
  const all: Facts[] = []
  for (let after: Line | undefined; ; ) {
    const page = await ownHistory.of(db, key, { limit: PAGE, ...(after && { after }) })
    for (const { at, type, client, detail } of page) {
      // Of a look-up it says what was looked at.
      const { what: part, ...rest } = detail
      all.push({ ...known({ at: time(at), what: type, service: client, part }), ...rest })
    }
    after = page.at(-1)
    if (page.length < PAGE) return all
  }
}

const time = (at: number): string => new Date(at).toISOString()

/** Without what there is nothing of. */
const known = (facts: { readonly [name: string]: Json | undefined }): Facts =>
  Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as Facts
