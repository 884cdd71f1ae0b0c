import type { Heard, OwnLine, Received } from '../../../views/own-lines.ts'
import type { Line } from '../../audit/own-history.ts'
import type { Clients } from '../../clients/client.ts'
import type { Agreement } from '../../disclosure/agreements.ts'
import { type ClaimName, GROUPS, groupsOf, isClaimName } from '../../disclosure/claims.ts'
import type { Disclosure } from '../../disclosure/disclosure.ts'
import { METHOD_IDS, type MethodId, type PersonKey } from '../../identity/identifiers.ts'
import type { Json } from '../../identity/json.ts'
import { LANGUAGES, type Words } from '../../identity/language.ts'
import type { Receipts } from '../../jobs/receipts.ts'
import { LOGOUT } from '../../oidc/logout-delivery.ts'
import type { Db } from '../../platform/db.ts'
import { ME } from './relying-party.ts'

// What stands in the history, as its person reads it: agencies by their names, means by theirs, claims as things, and what
// an agency received beside the sign-in that it received it by.

export interface Told {
  /** In the order given, the newest first. */
  lines(person: PersonKey, all: readonly Line[]): Promise<readonly OwnLine[]>
  agency(client: string | undefined): Words | undefined
}

export interface Needs {
  readonly db: Db
  readonly clients: Pick<Clients, 'find'>
  readonly disclosure: Pick<Disclosure, 'past'>
  readonly receipts: Pick<Receipts, 'find'>
}

/** So long after a sign-in what the agency receives is told with it; later it is a line of its own. */
const BELONGS = 10 * 60_000
/** Of which agencies are told, and leave receipts. */
const ENDS: readonly string[] = ['session.ended', 'session.left']
const RECEIPTS = 200
const SIGN_INS = ['sign-in.succeeded', 'sign-in.single-sign-on']

export function openTold({ db, clients, disclosure, receipts }: Needs): Told {
  function agency(client: string | undefined): Words | undefined {
    if (client === undefined) return undefined
    // One that is gone is told by the name that its register had.
    return clients.find(client)?.name ?? (Object.fromEntries(LANGUAGES.map((one) => [one, client])) as Words)
  }

  async function agreementsOf(releases: readonly Line[]): Promise<ReadonlyMap<string, Agreement>> {
    const wanted = releases.flatMap(({ client, detail: { agreement } }) =>
      client !== undefined && typeof agreement === 'number' ? [{ client, version: agreement }] : [],
    )
    const found = await disclosure.past(db, wanted)
    return new Map(found.map((one) => [`${one.client}|${one.version}`, one]))
  }

  /** Which agencies have heard of the ends among these, by session. */
  async function receiptsOf(person: PersonKey, all: readonly Line[]): Promise<ReadonlyMap<string, readonly Heard[]>> {
    const bySession = new Map<string, Heard[]>()
    if (!all.some(({ type }) => ENDS.includes(type))) return bySession
    for (const { destination, session, state } of await receipts.find(db, { kinds: [LOGOUT], person }, RECEIPTS))
      if (session !== undefined)
        bySession.set(session, [...(bySession.get(session) ?? []), { agency: agency(destination)!, state }])
    return bySession
  }

  return {
    agency,
    async lines(person, all) {
      const receiptsBy = await receiptsOf(person, all)
      const heardOf = ({ type, detail: { session } }: Line) =>
        ENDS.includes(type) && typeof session === 'string' ? (receiptsBy.get(session) ?? []) : []
      const releases = all.filter(({ type }) => type === 'data.released')
      const agreements = await agreementsOf(releases)
      const beside = new Map<Line, Line[]>()
      const alone = releases.filter((release) => {
        const signIn = all.find(
          ({ type, client, at }) =>
            SIGN_INS.includes(type) && client === release.client && at <= release.at && release.at - at <= BELONGS,
        )
        if (signIn) beside.set(signIn, [...(beside.get(signIn) ?? []), release])
        return !signIn
      })
      return all
        .filter((line) => line.type !== 'data.released' || alone.includes(line))
        .map((line) => {
          const told = line.type === 'data.released' ? [line] : (beside.get(line) ?? [])
          return {
            ...lineOf(line, agency(line.client)),
            received: receivedOf(told, agreements),
            heard: heardOf(line),
          }
        })
    },
  }
}

function lineOf({ ref, at, type, detail }: Line, agency: Words | undefined): OwnLine {
  const { device, place, reason, outcome, actor } = detail
  const by = actor === 'operator' ? 'official' : actor === 'service' ? 'service' : undefined
  const why = reason ?? outcome
  return {
    type,
    at,
    agency,
    means: meansOf(detail),
    device: typeof device === 'string' ? device : undefined,
    place: place as Words | undefined,
    received: [],
    heard: [],
    reason: typeof why === 'string' ? why : undefined,
    by,
    notMe: by === 'service' ? undefined : `${ME}/not-me/${ref}`,
  }
}

/** By one word or several, as a kind of means or among the words of `amr`. */
export function meansOf({ method, methods, amr }: Line['detail']): readonly (MethodId | 'pin')[] {
  const words = [method, ...list(methods), ...list(amr)]
  const all = words.flatMap((one) => (typeof one === 'string' ? one.split(',') : []))
  return [...new Set(all.filter((one) => one === 'pin' || isMethod(one)))] as (MethodId | 'pin')[]
}

const list = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : [])
const isMethod = (word: string): word is MethodId => (METHOD_IDS as readonly string[]).includes(word)

/** All that one agency was told, by ground: each thing once, however often it was told. */
function receivedOf(releases: readonly Line[], agreements: ReadonlyMap<string, Agreement>): Received[] {
  const byGround = new Map<
    string,
    { ground: Received['ground']; reference?: Words | undefined; claims: Set<ClaimName> }
  >()
  for (const { client, detail } of releases) {
    const agreement = agreements.get(`${client}|${Number(detail.agreement)}`)
    for (const claim of list(detail.claims)) {
      if (typeof claim !== 'string' || !isClaimName(claim)) continue
      const terms = agreement?.claims.find(({ names }) => names.includes(claim))
      const ground = terms?.ground ?? 'unknown'
      const key = `${ground}|${terms?.reference?.en ?? ''}`
      const one = byGround.get(key) ?? { ground, reference: terms?.reference, claims: new Set() }
      one.claims.add(claim)
      byGround.set(key, one)
    }
  }
  return [...byGround.values()].map(({ ground, reference, claims }) => ({
    ground,
    reference,
    things: groupsOf(claims).map((group) => GROUPS[group]),
  }))
}
