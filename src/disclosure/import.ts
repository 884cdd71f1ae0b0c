import type { AuditLog } from '../audit/log.ts'
import type { Clients } from '../clients/client.ts'
import { type Bounds, guardsOf, type Registration, readRegistration } from '../clients/metadata.ts'
import {
  at,
  identifier,
  items,
  type Mistake,
  members,
  note,
  type Place,
  quoted,
  text,
  unique,
  whole,
  words,
} from '../clients/mistakes.ts'
import type { AgencyValues, Outcome, Register } from '../clients/register.ts'
import { canonicalJson } from '../formats/canonical-json.ts'
import { readJson } from '../formats/json-text.ts'
import type { Actor } from '../identity/actor.ts'
import { clientId, METHOD_IDS } from '../identity/identifiers.ts'
import type { Json } from '../identity/json.ts'
import type { Clock } from '../platform/clock.ts'
import { type Db, transaction } from '../platform/db.ts'
import type { Provided, Rotation } from '../signing/rotation.ts'
import { isAlgorithm } from '../signing/vault.ts'
import { type AgreementValues, type Offered, readAgreement } from './agreements.ts'
import { valuesOf } from './disclosure.ts'
import * as store from './store.ts'

// Brings in agencies, their relying parties and the agreements from one document: `pratu clients import` and the demo
// world. The whole document is read before anything is written, every mistake is named with its place, and with one
// mistake nothing changes. What the document doesn't name stays as it is; bringing in the same document again changes nothing.

export interface ImportNeeds {
  readonly clients: Clients
  readonly audit: AuditLog
  readonly clock: Clock
  readonly actor: Actor
  readonly bounds: Bounds & Offered
  /** Has keys made for algorithms that are new here. Absent: the schedule does, within a minute. */
  readonly rotation?: Pick<Rotation, 'provide'>
}

/** What a profile lets a clients file say. */
export const boundsOf = (profile: 'demo' | 'production'): ImportNeeds['bounds'] => ({
  loopback: profile === 'demo',
  pkceOptional: profile === 'demo',
  methods: METHOD_IDS,
})

export interface ImportedClient {
  readonly id: string
  readonly agency: string
  readonly outcome: Outcome
  /** `ended`: it had one and has none now; `none`: it had none before either. */
  readonly agreement: Outcome | 'ended' | 'none'
  /** Made here, told this once. */
  readonly secret?: string
}

export type Imported =
  | { readonly ok: false; readonly mistakes: readonly Mistake[] }
  | {
      readonly ok: true
      readonly agencies: readonly { readonly id: string; readonly outcome: Outcome }[]
      readonly clients: readonly ImportedClient[]
      /** Algorithms whose first key does not sign yet, and from when on it does, epoch ms. */
      readonly awaited: readonly { readonly alg: string; readonly from: number }[]
      /** What is allowed and worth a second look. */
      readonly notices: readonly string[]
    }

interface CheckedClient {
  readonly place: Place
  readonly registration: Registration
  readonly agreement: AgreementValues | null
}

interface CheckedAgency {
  readonly place: Place
  readonly values: AgencyValues
  readonly clients: readonly CheckedClient[]
}

/** From a file's text: what is no JSON is one mistake, with its line. */
export async function importClientsText(db: Db, content: string, needs: ImportNeeds): Promise<Imported> {
  const read = readJson(content)
  if (read.ok) return importClients(db, read.value, needs)
  const { line, column, problem } = read.trouble
  return { ok: false, mistakes: [{ path: `line ${line}, column ${column}`, problem }] }
}

export function importClients(db: Db, document: Json, needs: ImportNeeds): Promise<Imported> {
  const place = whole(document)
  const agencies = readDocument(place, needs.bounds)
  return transaction(db, async (tx) => {
    const register = await needs.clients.edit(tx)
    for (const agency of agencies) checkAgainst(register, agency)
    checkGuards(register, agencies)
    if (place.mistakes.length > 0) return { ok: false, mistakes: place.mistakes }
    const provided = await provide(tx, agencies, needs)
    if (place.mistakes.length > 0) return { ok: false, mistakes: place.mistakes }
    return write(tx, register, agencies, provided, needs)
  })
}

/** All that can be read, mistakes or not: what fits can still be compared with the register, and its mistakes be named. */
function readDocument(place: Place, bounds: Bounds & Offered): CheckedAgency[] {
  if (!members(place, ['agencies'])) return []
  const agencies = items(at(place, 'agencies'), { least: 1, most: 10_000 })
  const parties: Place[] = []
  const read = agencies.flatMap((each) => readAgency(each, bounds, parties) ?? [])
  unique(present(agencies, 'id'))
  unique(present(parties, 'client_id'))
  return read
}

const present = (places: readonly Place[], key: string): Place[] =>
  places.map((each) => at(each, key)).filter((each) => each.value !== undefined)

function readAgency(place: Place, bounds: Bounds & Offered, parties: Place[]): CheckedAgency | undefined {
  if (!members(place, ['id', 'name', 'officer', 'sector', 'relying_parties'])) return undefined
  const id = identifier(at(place, 'id'))
  const name = words(at(place, 'name'), 100)
  const officer = text(at(place, 'officer'), 200)
  const sector = identifier(at(place, 'sector'))
  const own = items(at(place, 'relying_parties'), { most: 1_000 })
  parties.push(...own)
  const clients = own.flatMap((each) => readParty(each, bounds) ?? [])
  if (id === undefined || name === undefined || officer === undefined || sector === undefined) return undefined
  return { place, values: { id, name, officer, sector }, clients }
}

function readParty(place: Place, bounds: Bounds & Offered): CheckedClient | undefined {
  const registration = readRegistration(place, bounds)
  const written = at(place, 'agreement')
  if (written.value === undefined)
    return note(written, 'is missing: write null if the relying party is to learn nothing but the subject')
  const agreement = written.value === null ? null : readAgreement(written, bounds)
  if (registration === undefined || agreement === undefined) return undefined
  checkRefresh(place, registration, agreement)
  checkEvents(place, registration, agreement)
  return { place, registration, agreement }
}

/** Refresh is agreed and registered, or neither: one without the other is somebody's mistake. */
function checkRefresh(place: Place, registration: Registration, agreement: AgreementValues | null): void {
  const grants = registration.metadata.grant_types
  const registered = Array.isArray(grants) && grants.includes('refresh_token')
  const agreed = agreement?.refresh ?? false
  if (registered && !agreed)
    note(at(place, 'grant_types'), 'holds "refresh_token" but the agreement has no "refresh": true')
  if (agreed && !registered) note(at(at(place, 'agreement'), 'refresh'), 'needs "refresh_token" in grant_types')
}

/** Events are agreed and have an address, or neither. */
function checkEvents(place: Place, { metadata }: Registration, agreement: AgreementValues | null): void {
  const agreed = agreement?.events !== undefined
  if (metadata.security_event_uri !== undefined && !agreed)
    note(at(place, 'security_event_uri'), 'is for events, and the agreement has no "events"')
  if (agreed && metadata.security_event_uri === undefined)
    note(at(at(place, 'agreement'), 'events'), 'needs a security_event_uri to be told at')
}

function checkAgainst(register: Register, { place, values, clients }: CheckedAgency): void {
  const before = register.agencies.get(values.id)
  if (before !== undefined && before.sector !== values.sector) {
    note(
      at(place, 'sector'),
      `was ${quoted(before.sector)} and never changes: every citizen would become somebody else to this agency`,
    )
    return
  }
  for (const client of clients) {
    const known = register.clients.get(client.registration.id)
    if (known === undefined || known.sector === values.sector) continue
    note(
      at(client.place, 'client_id'),
      `is registered under the sector ${quoted(known.sector)} (agency ${quoted(known.agency.id)}) and can't move to ` +
        `${quoted(values.sector)}: every citizen would become somebody else to it`,
    )
  }
}

/** An API belongs to one agency: whoever guards it may look into every token made for it. */
function checkGuards(register: Register, agencies: readonly CheckedAgency[]): void {
  const named = new Set(agencies.flatMap(({ clients }) => clients.map(({ registration }) => registration.id)))
  const owners = new Map<string, string>()
  for (const client of register.clients.values())
    if (!named.has(client.id)) for (const api of guardsOf(client.metadata)) owners.set(api, client.agency.id)
  for (const { values, clients } of agencies) {
    for (const { place, registration } of clients) {
      for (const [index, api] of guardsOf(registration.metadata).entries()) {
        const owner = owners.get(api)
        if (owner === undefined) owners.set(api, values.id)
        else if (owner !== values.id)
          note({ ...place, path: `${place.path}.guards[${index}]` }, `is guarded by the agency ${quoted(owner)}`)
      }
    }
  }
}

const algorithmOf = ({ registration }: CheckedClient) => registration.metadata.id_token_signed_response_alg

/** Keys for what the agencies want signed; notes where there can be none. */
async function provide(
  db: Db,
  agencies: readonly CheckedAgency[],
  { rotation, actor }: ImportNeeds,
): Promise<readonly Provided[]> {
  const clients = agencies.flatMap((agency) => agency.clients)
  const wanted = clients.map(algorithmOf).filter(isAlgorithm)
  const provided = (await rotation?.provide(db, wanted, { actor, why: 'an agency asks for it' })) ?? []
  for (const answer of provided)
    if ('lacks' in answer)
      for (const client of clients)
        if (algorithmOf(client) === answer.alg)
          note(at(client.place, 'id_token_signed_response_alg'), `can't be had: ${answer.lacks}`)
  return provided
}

async function write(
  db: Db,
  register: Register,
  agencies: readonly CheckedAgency[],
  provided: readonly Provided[],
  { audit, clock, actor }: ImportNeeds,
): Promise<Imported> {
  const before = new Map((await store.lastAgreements(db)).map((row) => [row.client, row]))
  const agencyLines: { id: string; outcome: Outcome }[] = []
  const clientLines: ImportedClient[] = []
  for (const { values, clients } of agencies) {
    const outcome = await register.putAgency(values)
    agencyLines.push({ id: values.id, outcome })
    if (outcome !== 'same')
      await audit.append(db, { type: 'client.imported', actor, detail: { agency: values.id, outcome } })
    for (const { registration, agreement } of clients) {
      const { id } = registration
      const put = await register.put(values.id, registration)
      const agreed = await putAgreement(db, register, before.get(id), id, agreement, new Date(clock.now()))
      clientLines.push({ id, agency: values.id, ...put, agreement: agreed.outcome })
      if (put.outcome === 'same' && (agreed.outcome === 'same' || agreed.outcome === 'none')) continue
      await audit.append(db, {
        type: 'client.imported',
        actor,
        client: clientId(id),
        detail: { agency: values.id, outcome: put.outcome, agreement: agreed.outcome, version: agreed.version },
      })
    }
  }
  const awaited = provided.flatMap((one) => ('from' in one && one.from ? [{ alg: one.alg, from: one.from }] : []))
  return { ok: true, agencies: agencyLines, clients: clientLines, awaited, notices: sharedSectors(register, agencies) }
}

async function putAgreement(
  db: Db,
  register: Register,
  last: store.AgreementRow | undefined,
  client: string,
  values: AgreementValues | null,
  madeAt: Date,
): Promise<{ outcome: ImportedClient['agreement']; version?: number }> {
  const current = register.clients.get(client)?.agreement === last?.version ? last : undefined
  if (values === null) {
    if (current === undefined) return { outcome: 'none' }
    await register.setAgreement(client, null)
    return { outcome: 'ended' }
  }
  if (current !== undefined && same(valuesOf(current), values)) return { outcome: 'same', version: current.version }
  const version = (last?.version ?? 0) + 1
  const samePurpose = current !== undefined && same(current.purpose, values.purpose)
  const { purpose, officer, validFrom, validTo, ...terms } = values
  await store.insertAgreement(
    db,
    {
      client,
      version,
      purpose_since: samePurpose ? current.purpose_since : version,
      purpose,
      officer,
      valid_from: new Date(validFrom),
      valid_to: new Date(validTo),
      terms,
    },
    madeAt,
  )
  await register.setAgreement(client, version)
  return { outcome: current === undefined ? 'new' : 'changed', version }
}

const same = (a: unknown, b: unknown): boolean => canonicalJson(a as Json) === canonicalJson(b as Json)

/** Two agencies in one sector see the same subject and can compare what they know: rarely meant, so it is said. */
function sharedSectors(register: Register, agencies: readonly CheckedAgency[]): string[] {
  const bySector = new Map<string, Set<string>>()
  for (const { id, sector } of [...register.agencies.values(), ...agencies.map(({ values }) => values)])
    bySector.set(sector, (bySector.get(sector) ?? new Set()).add(id))
  const named = new Set(agencies.map(({ values }) => values.sector))
  return [...bySector]
    .filter(([sector, ids]) => named.has(sector) && ids.size > 1)
    .map(([sector, ids]) => `agencies ${[...ids].join(', ')} share the sector ${quoted(sector)}: they see the same sub`)
}
