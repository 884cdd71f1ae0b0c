import { createPublicKey } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { Command } from 'commander'
import type { ReadEntry } from '../../src/audit/read.ts'
import { addCardCommands } from '../../src/cli/cards.ts'
import { tell } from '../../src/cli/explain-request.ts'
import { readCertificate } from '../../src/formats/certificate.ts'
import { openCardKeys } from '../../src/methods/certificates/card-keys.ts'
import { CHECKS } from '../../src/methods/certificates/verdict.ts'
import { rows } from '../../src/platform/db.ts'
import { type CardWorld, cardWorld, newNonce, ORIGIN, trusted } from '../support/card-validation.ts'
import { DAY, type TestCard } from '../support/cards.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'

// `pratu cards check`: the sign-in's own validation, told step by step.

const folder = mkdtempSync(join(tmpdir(), 'pratu-check-'))
const NONCE = newNonce()
const PERSONAL = /60001019906|NÄIDIS|ÕNNE/
let database: TestDatabase
let world: CardWorld
let card: TestCard
let token: string
let configured: string[]

beforeAll(async () => {
  database = await testDatabase()
  world = cardWorld()
  card = world.ca.card()
  const file = (name: string, text: string | Buffer) => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  token = file('token.json', JSON.stringify(card.token({ origin: ORIGIN, nonce: NONCE })))
  file('card.pem', card.pem)
  file('card.der', card.certificate)
  file('old.pem', world.ca.card({ notAfter: world.clock.now() - DAY }).pem)
  file('odd.txt', 'neither')
  configured = ['--ca', file('issuing.pem', world.ca.issuing.pem), file('root.pem', world.ca.root.pem)]
})
afterAll(async () => {
  await database.close()
  rmSync(folder, { recursive: true, force: true })
})

async function run(words: readonly string[], revoked = false) {
  const printed: string[] = []
  let opened = 0
  let asked = 0
  let open = 0
  const closing = { close: async () => void open-- }
  const program = new Command('pratu').exitOverride().configureOutput({ writeErr: () => {} })
  addCardCommands(program, {
    async open() {
      opened++
      open++
      const issuers = [trusted([world.ca.issuing, world.ca.root])]
      return {
        issuers,
        production: true,
        origin: ORIGIN,
        allow: [],
        blocks: { blocking: () => undefined },
        cardKeys: openCardKeys(database.db),
        ...closing,
      }
    },
    revocation() {
      open++
      return {
        async check() {
          asked++
          return revoked
            ? { good: false, because: 'revoked', detail: 'so it says' }
            : { good: true, evidence: 'ocsp good' }
        },
        ...closing,
      }
    },
    clock: world.clock,
    print: (line) => void printed.push(line),
  })
  process.exitCode = undefined
  await program.parseAsync(['cards', 'check', ...words], { from: 'user' })
  const failed = process.exitCode === 1
  process.exitCode = undefined
  expect(open).toBe(0)
  return { text: printed.join('\n'), failed, opened, asked }
}

describe('a token', () => {
  test('that is right is accepted, each step told in order and the person named last', async () => {
    const { text, failed, opened, asked } = await run([token, '--nonce', NONCE])
    expect([failed, opened, asked]).toEqual([false, 1, 1])
    const lines = text.split('\n')
    expect(lines.slice(0, CHECKS.length).map((line) => line.split(/\s+/).slice(0, 2))).toEqual(
      CHECKS.map((check) => ['passed', check]),
    )
    expect(lines.slice(0, -1).join('\n')).not.toMatch(PERSONAL)
    expect(lines.at(-1)).toBe('Accepted: EE 60001019906, assurance high, by the issuer test.')
  })

  test('over another nonce or origin is refused at the signature, and the rest is not looked at', async () => {
    const wrong = await run([token, '--nonce', newNonce()])
    expect(wrong.failed).toBe(true)
    expect(wrong.text).toContain('REFUSED  signature')
    expect(wrong.text).toContain('not looked at: person')
    expect(wrong.text).toContain('Refused: signature-invalid. The page shows PRT-1601')
    expect(wrong.text).not.toMatch(PERSONAL)
    expect((await run([token, '--nonce', NONCE, '--origin', 'https://other.example'])).failed).toBe(true)
    expect((await run([token, '--nonce', NONCE, '--origin', ORIGIN])).failed).toBe(false)
  })

  test('as JSON is one line', async () => {
    expect(await run([token, '--nonce', NONCE, '--json'])).toMatchObject({
      text: '{"accepted":true,"code":null,"person":"EE-60001019906"}',
      failed: false,
    })
    expect(await run([token, '--nonce', NONCE, '--json'], true)).toMatchObject({
      text: '{"accepted":false,"code":"revoked","person":null}',
      failed: true,
    })
  })

  test('needs its nonce, and beside --ca its origin', async () => {
    await expect(run([token])).rejects.toThrow('A token needs --nonce.')
    await expect(run([token, '--nonce', NONCE, ...configured])).rejects.toThrow('needs --origin')
    await expect(run([token, '--nonce', NONCE, '--origin', `${ORIGIN}/`])).rejects.toThrow('scheme and host only')
  })
})

describe('a certificate', () => {
  const at = (name: string) => join(folder, name)

  test('in PEM and in DER is judged without token and signature', async () => {
    for (const name of ['card.pem', 'card.der']) {
      const { text, failed } = await run([at(name)])
      expect(failed).toBe(false)
      expect(text).not.toMatch(/token|signature /)
    }
  })

  test('is judged by the moment that is named', async () => {
    expect((await run([at('old.pem')])).text).toContain('Refused: expired')
    const day = new Date(world.clock.now() - 2 * DAY).toISOString()
    expect((await run([at('old.pem'), '--at', day])).failed).toBe(false)
    await expect(run([at('old.pem'), '--at', 'yesterday'])).rejects.toThrow('--at yesterday')
  })

  test('with --ca is judged by these alone: nothing of the service is opened, nothing asked with --no-revocation', async () => {
    const { failed, opened, asked } = await run([at('card.pem'), ...configured, '--no-revocation'])
    expect([failed, opened, asked]).toEqual([false, 0, 0])
    expect(await run([at('card.pem'), '--ca', at('root.pem'), '--no-revocation'])).toMatchObject({
      text: expect.stringContaining('Refused: unknown-issuer'),
      failed: true,
    })
  })

  test('what is neither is said to be so', async () => {
    await expect(run([at('odd.txt')])).rejects.toThrow('neither a token')
    await expect(run([at('card.pem'), '--ca', at('odd.txt')])).rejects.toThrow('is not one certificate')
  })
})

describe('a key that two people’s cards have', () => {
  const cardKeys = () => openCardKeys(database.db)
  const kept = () => rows(database.db, 'select key, holder, shared from card_key order by key')
  let mine: TestCard
  let theirs: TestCard
  const file = (name: string, { pem }: TestCard) => {
    writeFileSync(join(folder, name), pem)
    return join(folder, name)
  }
  beforeEach(async () => {
    mine = world.ca.card()
    theirs = world.ca.card({
      subject: [
        ['C', 'EE'],
        ['SN', 'KASK'],
        ['serialNumber', 'PNOEE-49004010016'],
      ],
      publicKey: createPublicKey(mine.key),
      privateKey: mine.key,
    })
    expect(await cardKeys().sole(readCertificate(mine.certificate)!, 'PNOEE-60001019906')).toBe(true)
  })

  test('is refused as the sign-in would, and a look notes nothing: its first owner’s card is good until the other signs in', async () => {
    const before = await kept()
    const { text, failed } = await run([file('theirs.pem', theirs)])
    expect(failed).toBe(true)
    expect(text).toContain('REFUSED  person')
    expect(text).toContain('Refused: shared-key. The page shows PRT-1601')
    expect(text).not.toContain('not looked at')
    expect((await run([file('mine.pem', mine)])).failed).toBe(false)
    expect((await run([file('unseen.pem', world.ca.card())])).failed).toBe(false)
    expect(await kept()).toEqual(before)
    await cardKeys().sole(readCertificate(theirs.certificate)!, 'PNOEE-49004010016')
    expect((await run([file('mine.pem', mine), '--json'])).text).toContain('"code":"shared-key"')
  })

  test('is nothing that files can tell, and with --ca it is said that nobody looked', async () => {
    const { text, failed, opened } = await run([file('theirs.pem', theirs), ...configured])
    expect([failed, opened]).toEqual([false, 0])
    expect(text).toContain("not looked at: whether its key has come with somebody else's card; without --ca it is")
  })
})

test('the story of a request says which step refused a card, and that names differ', () => {
  const entry = (type: string, detail: ReadEntry['detail']) => ({ type, detail, at: new Date(0) }) as ReadEntry
  const refused = tell(
    [entry('sign-in.refused', { code: 'PRT-1601', because: 'mobile-policy', method: 'smart-card' })],
    undefined,
  )
  expect(refused.join('\n')).toContain('mobile-policy: the certificate belongs to a telephone, not to a card.')
  expect(refused.join('\n')).not.toContain('typed')
  const told = tell([entry('sign-in.succeeded', { names: 'differ', kind: 'differs' })], undefined).join('\n')
  expect(told).toContain("The names on the card are not the register's.")
  expect(told).toContain("The card is an e-resident's")
})
