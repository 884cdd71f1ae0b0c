import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { rows } from '../../src/platform/db.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { OPERATOR, type SignInWorld, signInWorld, thaiCode } from '../support/sign-in.ts'

let database: TestDatabase
let world: SignInWorld
beforeEach(async () => {
  database = await testDatabase({ connections: 20 })
  world = signInWorld(database.db)
})
afterEach(() => database.close())

const CODE = thaiCode(1)

test('an enrolled secret has 160 bits, comes back as it was, and lies sealed in its row', async () => {
  const { person, secret } = await world.addEnrolled(CODE)
  expect(secret).toHaveLength(20)
  expect(await world.credentials.find(database.db, person, 'totp')).toMatchObject({ person, secret, lastStep: 0 })
  const dump = await rows<{ text: string }>(database.db, 'select c::text as text from credential c')
  expect(dump[0]?.text).not.toContain(secret.toString('hex'))
})

test('a secret moved into another person’s row does not open', async () => {
  const { person } = await world.addEnrolled(CODE)
  await world.addEnrolled(thaiCode(2))
  await rows(
    database.db,
    'update credential c set secret = o.secret from credential o where c.person = ? and o.person <> c.person',
    [person],
  )
  await expect(world.credentials.find(database.db, person, 'totp')).rejects.toThrow()
})

test('a step is accepted once, and none before it, by fifty callers over two pools', async () => {
  const { person } = await world.addEnrolled(CODE)
  const { id } = (await world.credentials.find(database.db, person, 'totp'))!
  const other = database.another()
  for (const step of [100, 101, 105]) {
    const won = await Promise.all(
      Array.from({ length: 50 }, (_, n) => world.credentials.acceptStep(n % 2 ? database.db : other, id, step)),
    )
    expect(won.filter(Boolean)).toHaveLength(1)
  }
  expect(await world.credentials.acceptStep(database.db, id, 104)).toBe(false)
})

test('enrolling again revokes the former, and a step verified against the former is not accepted', async () => {
  const { person, secret } = await world.addEnrolled(CODE)
  const former = (await world.credentials.find(database.db, person, 'totp'))!
  const { secret: fresh } = await world.credentials.enrolTotp(database.db, person, OPERATOR)
  expect(fresh).not.toEqual(secret)
  expect(await world.credentials.acceptStep(database.db, former.id, 1)).toBe(false)
  expect((await world.credentials.find(database.db, person, 'totp'))?.secret).toEqual(fresh)
  expect(await world.audited('credential.enrolled')).toHaveLength(2)
  expect(await world.audited('credential.removed')).toMatchObject([{ person }])
})

test('a revoked means is erased, finds nothing and says so once', async () => {
  const { person } = await world.addEnrolled(CODE)
  expect(await world.credentials.revoke(database.db, person, 'totp', OPERATOR)).toBe(true)
  expect(await world.credentials.revoke(database.db, person, 'totp', OPERATOR)).toBe(false)
  expect(await world.credentials.find(database.db, person, 'totp')).toBeUndefined()
  expect(await rows(database.db, 'select secret from credential')).toEqual([{ secret: null }])
  expect(await world.audited('credential.removed')).toHaveLength(1)
})

test('a secret may be brought along, but not a short one', async () => {
  const person = await world.addPerson(CODE)
  const secret = Buffer.alloc(20, 7)
  await world.credentials.enrolTotp(database.db, person, OPERATOR, { secret })
  expect((await world.credentials.find(database.db, person, 'totp'))?.secret).toEqual(secret)
  await expect(
    world.credentials.enrolTotp(database.db, person, OPERATOR, { secret: Buffer.alloc(15) }),
  ).rejects.toThrow()
})

test('what nobody has and what somebody has look alike until it is accepted', async () => {
  const { person, secret } = await world.addEnrolled(CODE)
  const real = await world.credentials.seek(database.db, 'TH', CODE, 'totp')
  expect(real).toEqual({ person: expect.objectContaining({ key: person }), secret, credential: expect.any(String) })
  const decoy = await world.credentials.seek(database.db, 'TH', thaiCode(9), 'totp')
  expect(decoy).toEqual({ secret: expect.any(Buffer) })
  expect(decoy.secret).toHaveLength(secret.length)
})

test('the first sure sign-in takes away what nobody strong confirmed, and only that; it is kept until it was read', async () => {
  const { db } = database
  const { person } = await world.addEnrolled(CODE)
  const other = await world.addEnrolled(thaiCode(2))
  expect(await world.credentials.wipe(db, person)).toEqual([])
  expect(await world.credentials.wiped(db, person)).toBeUndefined()

  const citizen = { kind: 'citizen', person } as const
  for (const confirmed of ['substantial', 'high'] as const) {
    await world.credentials.enrolTotp(db, person, citizen, { confirmed })
    expect(await world.credentials.wipe(db, person)).toEqual([])
  }
  await world.credentials.enrolTotp(db, person, citizen, { confirmed: 'nobody', lastStep: 7 })
  const theirs = { kind: 'citizen', person: other.person } as const
  await world.credentials.enrolTotp(db, other.person, theirs, { confirmed: 'nobody' })
  expect(await world.credentials.held(db, person)).toMatchObject([
    { method: 'totp', enrolledBy: 'citizen', lastStep: 7 },
  ])
  expect((await world.credentials.held(db, person))[0]).not.toHaveProperty('confirmed')

  expect(await world.credentials.wipe(db, person)).toEqual(['totp'])
  expect(await world.credentials.held(db, person)).toEqual([])
  expect(await world.credentials.find(db, person, 'totp')).toBeUndefined()
  expect(await world.credentials.held(db, other.person)).toHaveLength(1)
  expect(await world.audited('credential.wiped')).toMatchObject([{ person }])
  expect(await world.credentials.wiped(db, person)).toMatchObject({ methods: ['totp'] })
  await world.credentials.forgetWiped(db, person)
  expect(await world.credentials.wiped(db, person)).toBeUndefined()
})

test('a letter’s means counts as confirmed by the desk that sent it', async () => {
  const { person } = await world.addEnrolled(CODE)
  const { code } = await world.credentials.issueLetter(database.db, person, OPERATOR)
  await world.credentials.activate(database.db, person, code)
  expect(await world.credentials.held(database.db, person)).toMatchObject([
    { enrolledBy: 'citizen', confirmed: 'desk' },
  ])
  expect(await world.credentials.wipe(database.db, person)).toEqual([])
})
