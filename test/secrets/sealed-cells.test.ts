import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { rows } from '../../src/platform/db.ts'
import { openSealer, type Sealer } from '../../src/platform/seal.ts'
import type { SecretName } from '../../src/platform/secrets.ts'
import { SEALED_CELLS } from '../../src/sealed-cells.ts'
import { testRandom } from '../support/keys.ts'
import { sealedWorld } from '../support/sealed-world.ts'
import type { TestService } from '../support/service.ts'

// The list of sealed cells, held against a database in which every one of them was filled by the service itself.

/** Bytes that are not sealed, and why they may lie open. */
const OPEN: Readonly<Record<string, string>> = {
  'activation_letter.code': 'a keyed hash',
  'agency.sector': 'public',
  'audit_event.commitment': 'a salted hash',
  'audit_event.signature': 'an operator’s, over the commitment',
  'audit_event.salt': 'opens nothing without the payload',
  'card_key.holder': 'a hash with the key of the certificate, which has the number inside',
  'card_key.key': 'a hash of a public key',
  'card_block.serials': 'numbers of certificates, told by their issuer',
  'code_card.codes': 'keyed hashes, under a key that is sealed',
  'operator_request.approved_signature': 'an operator’s',
  'operator_request.asked_signature': 'an operator’s',
  'operator_request.browser': 'a keyed hash',
  'operator_request.code': 'a keyed hash',
  'own_link.hash': 'a hash of 128 random bits',
  'passkey.id': 'random',
  'passkey.public_key': 'public',
  'passkey_handle.handle': 'random',
  'person.digest': 'a keyed hash',
  'person_identifier.blind': 'a keyed hash',
  'pin.hash': 'argon2id under a pepper',
  'pin.pepper': 'names a pepper',
  'pin.salt': 'random',
  'prompt.subject': 'a keyed hash',
  'prompt_source.source': 'a keyed hash',
  'relying_party.secret_hash': 'a hash of a secret of 256 bits',
  'secret_wrap.sealed': 'under the master key, which is changed otherwise (secrets/master)',
  'throttle.browser': 'a keyed hash',
  'throttle.subject': 'a keyed hash',
}

interface Cell {
  readonly place: string
  readonly secret: SecretName
  readonly binding: string
  readonly sealed: Buffer
}

let world: TestService
let cells: Cell[]
const sealers = new Map<SecretName, Sealer>()
beforeAll(async () => {
  world = await sealedWorld()
  const { db, secrets } = world.service.parts
  cells = []
  for (const { secret, table, column, bound } of SEALED_CELLS) {
    sealers.set(secret, openSealer(secrets.get(secret), testRandom()))
    for (const row of await rows<Record<string, unknown>>(db, `select * from ${table} where ${column} is not null`))
      cells.push({ place: `${table}.${column}`, secret, binding: bound(row), sealed: row[column] as Buffer })
  }
})
afterAll(() => world.close())

const opens = ({ sealed }: Pick<Cell, 'sealed'>, { secret, binding }: Omit<Cell, 'sealed'>): boolean => {
  try {
    sealers.get(secret)!.open(sealed, binding)
    return true
  } catch {
    return false
  }
}

test('every column of bytes is in the list, or is known to hold nothing sealed', async () => {
  const found = await rows<{ place: string }>(
    world.service.parts.db,
    `select c.relname || '.' || a.attname as place from pg_attribute a join pg_class c on c.oid = a.attrelid
     where c.relkind in ('r', 'p') and not c.relispartition and c.relnamespace = 'public'::regnamespace and a.attnum > 0 and not a.attisdropped
       and a.atttypid = 'bytea'::regtype order by 1`,
  )
  const listed = SEALED_CELLS.map(({ table, column }) => `${table}.${column}`)
  const unknown = found.map(({ place }) => place).filter((place) => !listed.includes(place) && !(place in OPEN))
  expect(unknown).toEqual([])
})

test('no column that is known to hold nothing sealed has a value that opens, whatever it is taken for', async () => {
  const { db } = world.service.parts
  for (const place of Object.keys(OPEN).filter((one) => one !== 'agency.sector')) {
    const [table = '', column = ''] = place.split('.')
    const values = await rows<{ sealed: Buffer }>(
      db,
      `select ${column} as sealed from ${table} where ${column} is not null`,
    )
    for (const value of values) expect(cells.filter((cell) => opens(value, cell)).map((cell) => cell.place)).toEqual([])
  }
})

test('nothing sealed lies in text', async () => {
  const { db } = world.service.parts
  const columns = await rows<{ table: string; column: string }>(
    db,
    `select c.relname as table, a.attname as column from pg_attribute a join pg_class c on c.oid = a.attrelid
     where c.relkind in ('r', 'p') and not c.relispartition and c.relnamespace = 'public'::regnamespace and a.attnum > 0 and not a.attisdropped
       and a.atttypid in ('text'::regtype, 'jsonb'::regtype, 'json'::regtype)`,
  )
  for (const { table, column } of columns) {
    const values = await rows<{ text: string }>(
      db,
      `select ${column}::text as text from ${table} where ${column} is not null`,
    )
    for (const { text } of values)
      for (const word of text.match(/[A-Za-z0-9+/_=-]{39,}/g) ?? []) {
        const sealed = Buffer.from(word, 'base64')
        expect(
          cells.filter((cell) => opens({ sealed }, cell)).map((cell) => `${table}.${column}: ${cell.place}`),
        ).toEqual([])
      }
  }
})

test('every cell opens where it lies, under the secret that the list names', () => {
  const places = SEALED_CELLS.map(({ table, column }) => `${table}.${column}`)
  expect(places.filter((one) => cells.filter(({ place }) => place === one).length < 2)).toEqual([])
  expect(cells.filter((cell) => !opens(cell, cell)).map(({ place }) => place)).toEqual([])
})

test('two cells that change places open nowhere: within a column, across columns, across tables', () => {
  let pairs = 0
  const accepted: string[] = []
  for (const one of cells)
    for (const other of cells) {
      if (one === other) continue
      pairs += 1
      if (opens(one, other)) accepted.push(`${one.place} in ${other.place}`)
    }
  expect(pairs).toBeGreaterThan(1_000)
  expect(accepted).toEqual([])
})
