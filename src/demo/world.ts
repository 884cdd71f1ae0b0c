import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Actor } from '../identity/actor.ts'
import type { MethodId, PersonKey } from '../identity/identifiers.ts'
import type { Json } from '../identity/json.ts'
import type { Person } from '../persons/person.ts'
import type { Pins } from '../persons/pins.ts'
import type { Clock } from '../platform/clock.ts'
import { type Db, transaction } from '../platform/db.ts'
import type { AgencyKeys } from './agency-keys.ts'
import { base32, readCode } from './authenticator.ts'
import { type InventedPerson, inventedPeople, PEOPLE } from './people.ts'

// The world around the door, as far as the service must know of it: invented people with telephones, and two agencies
// with their agreements. All of it enters through the same imports as a real country's. Does not own the agencies'
// sites (agency) nor their secrets (agency-keys). Called by demo/main at every start; what is there already stays.

export interface DemoPerson {
  readonly name: string
  readonly scheme: string
  readonly code: string
  readonly kind: string
  readonly status: string
  /** E.164. */
  readonly phone: string
  /** They have set it. */
  readonly pin?: string
}

export interface DemoCode extends DemoPerson {
  /** base32, as an authenticator app takes it. */
  readonly secret: string
  readonly oneTimeCode: string
}

export interface World {
  /** Everybody with the code to type now; `until` in epoch milliseconds. */
  currentCodes(): Promise<{ readonly people: readonly DemoCode[]; readonly until: number }>
}

export interface Needs {
  readonly db: Db
  readonly clock: Clock
  readonly persons: { find(db: Db, scheme: string, code: string): Promise<Person | undefined> }
  readonly credentials: {
    find(db: Db, person: PersonKey, method: MethodId): Promise<{ secret: Buffer; lastStep: number } | undefined>
    enrolTotp(db: Db, person: PersonKey, actor: Actor): Promise<{ secret: Buffer }>
    enrol(
      db: Db,
      enrolment: { readonly person: PersonKey; readonly method: MethodId; readonly secret: Buffer },
      actor: Actor,
    ): Promise<string>
  }
  readonly pins: Pick<Pins, 'has' | 'prepare' | 'set'>
  /** The import of `pratu persons import`, for the file of this path. */
  importPeople(file: string): Promise<void>
  /** The import of `pratu clients import`. @throws Error naming the mistakes. */
  importClients(document: Json): Promise<void>
  readonly agencies: { readonly keys: AgencyKeys; readonly origins: Readonly<Record<string, string>> }
}

const CLIENTS = fileURLToPath(new URL('clients.json', import.meta.url))
const SELF: Actor = { kind: 'service', part: 'demo' }

export async function openWorld(needs: Needs): Promise<World> {
  const { db, clock, persons, credentials, pins, agencies } = needs
  const codes = inventedPeople()
  await Promise.all([
    needs.importPeople(PEOPLE).then(enrol),
    needs.importClients(agencyDocument(readFileSync(CLIENTS, 'utf8'), agencies.origins, agencies.keys)),
  ])

  async function enrol(): Promise<void> {
    for (const { scheme, code, phone, pin } of codes) {
      const person = await known(scheme, code)
      const { key } = person
      if (pin !== undefined && !(await pins.has(db, key))) await setPin(person, pin)
      if (!(await credentials.find(db, key, 'totp')))
        await transaction(db, (tx) => credentials.enrolTotp(tx, key, SELF))
      if (await credentials.find(db, key, 'sms-code')) continue
      const telephone = { person: key, method: 'sms-code', secret: Buffer.from(phone) } as const
      await transaction(db, (tx) => credentials.enrol(tx, telephone, SELF))
    }
  }

  async function setPin(person: Person, pin: string): Promise<void> {
    const made = await pins.prepare(person, pin)
    if (!made.ok) throw new Error(`a demo person's PIN is refused: ${made.fault}`)
    await transaction(db, (tx) => pins.set(tx, made.ready, SELF))
  }

  async function known(scheme: string, code: string): Promise<Person> {
    const person = await persons.find(db, scheme, code)
    if (!person)
      throw new Error(`the demo person of line ${codes.findIndex((one) => one.code === code) + 1} is missing`)
    return person
  }

  async function current({
    scheme,
    code,
    phone,
    pin,
  }: InventedPerson): Promise<{ person: DemoCode; until: number } | undefined> {
    const { key, kind, status, names } = await known(scheme, code)
    const telephone = await credentials.find(db, key, 'totp')
    if (!telephone) return undefined // an operator took it away: no code to show
    const { code: oneTimeCode, until } = readCode(telephone.secret, clock.now(), telephone.lastStep)
    const name = [names.given, names.family].filter(Boolean).join(' ')
    const secret = base32(telephone.secret)
    return {
      person: { name, scheme, code, kind, status, phone, ...(pin !== undefined && { pin }), secret, oneTimeCode },
      until,
    }
  }

  return {
    async currentCodes() {
      const all = await Promise.all(codes.map(current))
      const there = all.filter((one) => one !== undefined)
      return { people: there.map(({ person }) => person), until: Math.min(...there.map(({ until }) => until)) }
    },
  }
}

interface DemoClients {
  readonly agencies: readonly {
    readonly relying_parties: readonly { readonly token_endpoint_auth_method: string; readonly [name: string]: Json }[]
    readonly [name: string]: Json
  }[]
}

/**
 * The committed document names addresses as they are by default and no secrets: both are put in here, as an agency would.
 * @param origins from the default origin to the one in use.
 */
export function agencyDocument(text: string, origins: Readonly<Record<string, string>>, keys: AgencyKeys): Json {
  const moved = Object.entries(origins).reduce((all, [from, to]) => all.replaceAll(`"${from}/`, `"${to}/`), text)
  const { agencies } = JSON.parse(moved) as DemoClients
  return {
    agencies: agencies.map((agency) => ({
      ...agency,
      relying_parties: agency.relying_parties.map((party) =>
        party.token_endpoint_auth_method === 'private_key_jwt'
          ? { ...party, jwks: { keys: [keys.signing.publicJwk as Json] } }
          : { ...party, client_secret: keys.secret },
      ),
    })),
  }
}
