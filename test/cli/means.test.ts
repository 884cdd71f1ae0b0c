import { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Command } from 'commander'
import { addMeansCommands } from '../../src/cli/means.ts'
import { passkeyMeans } from '../../src/methods/passkey/means.ts'
import { credentialMeans } from '../../src/persons/credential-means.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { ANNA, type DeskWorld, deskWorld } from '../support/desk-world.ts'
import { thaiCode } from '../support/sign-in.ts'

let database: TestDatabase
let world: DeskWorld
beforeAll(async () => {
  database = await testDatabase()
  world = deskWorld(database.db)
})
afterAll(() => database.close())

async function run(...words: string[]): Promise<string> {
  const printed: string[] = []
  const { passkeys, credentials } = world
  const program = new Command('pratu').exitOverride().configureOutput({ writeErr: () => {} })
  addMeansCommands(program, {
    open: async () => ({
      ...world,
      keepers: [passkeyMeans({ passkeys }), credentialMeans({ credentials, kind: 'totp' })],
      config: { lookUpDelayDays: 0 },
      actor: ANNA,
      close: async () => {},
    }),
    print: (line) => void printed.push(line),
    input: Readable.from([]),
  })
  const why = words[0] === 'means' ? ['--reason', 'they called'] : []
  await program.parseAsync(['persons', ...words, ...why], { from: 'user' })
  return printed.join('\n')
}

test('an operator sees what a person signs in with, takes one away, and the person is told', async () => {
  const { person: key } = await world.addEnrolled(thaiCode(1))
  const person = (await world.persons.get(database.db, key))!
  await world.enrol(person)
  world.clock.advance(1_000)
  const second = await world.enrol(person, undefined, { by: 'desk', operatorRequest: '4' })
  expect(await run('means', 'TH', thaiCode(1))).toBe(
    [
      'passkey      1  substantial  made 2026-11-21 by citizen  my key',
      'passkey      2  high         made 2026-11-21 by desk  my key',
      'totp         1  low          made 2026-11-21 by desk',
    ].join('\n'),
  )
  expect((await world.audited('person.read')).at(-1)).toMatchObject({ person: key })
  await expect(run('remove-means', 'TH', thaiCode(1), 'passkey', '--reason', 'they ask for it')).rejects.toThrow(
    'say which',
  )
  await expect(run('remove-means', 'TH', thaiCode(1), 'passkey', '3', '--reason', 'they ask for it')).rejects.toThrow(
    'no such means',
  )
  await expect(run('remove-means', 'TH', thaiCode(1), 'pin', '--reason', 'they ask for it')).rejects.toThrow(
    'no such means',
  )
  world.told.length = 0
  expect(await run('remove-means', 'TH', thaiCode(1), 'passkey', '1', '--reason', 'they ask for it')).toContain(
    'passkey taken away',
  )
  expect(world.told).toEqual([{ kind: 'means-removed', method: 'passkey' }])
  expect((await world.passkeys.list(database.db, key)).map(({ id }) => id)).toEqual([second.id])
  await run('remove-means', 'TH', thaiCode(1), 'totp', '--reason', 'they ask for it')
  expect(await world.credentials.held(database.db, key)).toEqual([])
})

test('whoever has nothing, and nobody, are told apart', async () => {
  await world.addPerson(thaiCode(2))
  expect(await run('means', 'TH', thaiCode(2))).toContain('nothing of their own')
  await expect(run('means', 'TH', thaiCode(3))).rejects.toThrow('Nobody in the register')
})
