import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { tell } from '../../src/cli/explain-request.ts'
import { TROUBLE, type TroubleCode } from '../../src/identity/trouble.ts'
import { PASSKEY_REFUSALS, type PasskeyRefusal } from '../../src/methods/passkey/refusals.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { type SignInWorld, signInWorld, thaiCode } from '../support/sign-in.ts'
import { commandOn } from './command.ts'

const CODE = thaiCode(1)
let database: TestDatabase
let world: SignInWorld
let command: ReturnType<typeof commandOn>
beforeEach(async () => {
  database = await testDatabase()
  world = signInWorld(database.db)
  command = commandOn(world)
})
afterEach(() => database.close())

test('every code of the table has its entry in the catalogue, in three languages, without opening anything', async () => {
  for (const code of Object.keys(TROUBLE) as TroubleCode[]) {
    const { text } = await command.run('explain', code.toLowerCase())
    expect(text).toContain(`${code} (HTTP ${TROUBLE[code].status})\n${TROUBLE[code].meaning}`)
    for (const language of ['[th] ', '[en] ', '[et] ']) expect(text).toContain(language)
    expect(text).not.toMatch(/undefined|¦/)
  }
  expect(command.closed()).toBe(0)
  const whole = (await command.run('explain')).text
  for (const code of Object.keys(TROUBLE)) expect(whole).toContain(`${code} (HTTP`)
  await expect(command.run('explain', 'PRT-9999')).rejects.toThrow('There is no code PRT-9999')
})

test('a wrong code, told to the night shift: what it was, how often, and that the person got in later', async () => {
  const { secret, code, person } = await world.addEnrolled(CODE)
  await world.submit(CODE, world.wrong(secret))
  world.clock.advance(60_000)
  await world.submit(CODE, world.wrong(secret))
  const alone = (await command.run('explain', 'world-2')).text
  expect(alone).toContain('2026-11-21 09:01:00 UTC: the sign-in was refused (for revenue, by totp, asked for low).')
  expect(alone).toContain(`  PRT-1201: ${TROUBLE['PRT-1201'].meaning}`)
  expect(alone).toContain('In the hour before: 2 × PRT-1201.')
  expect(alone).toContain('The register entry is active.')
  expect(alone).toContain('A one-time code is enrolled since 2026-11-21 09:00:00 UTC.')
  expect(alone).toContain('The person has not signed in since.')
  world.clock.advance(60_000)
  await world.submit(CODE, code())
  const later = (await command.run('explain', 'world-2')).text
  expect(later).toContain('The person signed in afterwards, at 2026-11-21 09:02:00 UTC.')
  for (const secretWord of [CODE, person, 'สมหญิง']) expect(later).not.toContain(secretWord)
})

test('somebody unknown, somebody without a code, somebody suspended', async () => {
  await world.submit(thaiCode(2), '123456')
  expect((await command.run('explain', 'world-1')).text).toContain('Nobody in the register has the person code')
  await world.addPerson(thaiCode(3))
  await world.submit(thaiCode(3), '123456')
  expect((await command.run('explain', 'world-2')).text).toContain('No one-time code is enrolled')
  const suspended = await world.addEnrolled(thaiCode(4), 'suspended')
  await world.submit(thaiCode(4), suspended.code())
  const { text } = await command.run('explain', 'world-3')
  expect(text).toContain('PRT-1101')
  expect(text).toContain('The register entry is suspended.')
})

test('a sign-in that went well is told too, and a request without entries says what that can mean', async () => {
  const { code } = await world.addEnrolled(CODE)
  await world.submit(CODE, code())
  expect((await command.run('explain', 'world-1')).text).toBe(
    '2026-11-21 09:00:00 UTC: the person proved themselves and signed in (for revenue, by totp, asked for low, reached low).',
  )
  expect(await command.run('explain', 'never')).toEqual({
    text: expect.stringContaining('Nothing is on record'),
    failed: true,
  })
})

test('asking why is itself an entry, with persons', async () => {
  await command.run('explain', 'never')
  const { text } = await command.run('audit', 'list', '--json', '--persons', '--reason', 'a check')
  expect(JSON.parse(text)).toMatchObject({ type: 'audit.read', detail: { request: 'never', persons: true } })
})

test.each(Object.keys(PASSKEY_REFUSALS) as PasskeyRefusal[])('a passkey that was refused for %s', (because) => {
  const code = PASSKEY_REFUSALS[because].trouble
  const refused = { id: '1', at: new Date(world.clock.now()), type: 'sign-in.refused', erased: false }
  const told = tell([{ ...refused, detail: { code, because, method: 'passkey' } }], undefined)
  expect(told).toEqual([
    '2026-11-21 09:00:00 UTC: the sign-in was refused (by passkey).',
    `  ${code}: ${TROUBLE[code].meaning}`,
    `  ${because}: ${PASSKEY_REFUSALS[because].says}.`,
  ])
})
