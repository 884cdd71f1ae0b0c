import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { Command } from 'commander'
import { openAuditLog } from '../../src/audit/log.ts'
import { addCardBlockCommands } from '../../src/cli/card-blocks.ts'
import { CommandRefused } from '../../src/cli/opened.ts'
import { readCertificate } from '../../src/formats/certificate.ts'
import { type CardBlocks, openCardBlocks } from '../../src/methods/certificates/blocks.ts'
import { issuerOf } from '../../src/methods/certificates/issuers.ts'
import type { Issuer } from '../../src/methods/certificates/trust.ts'
import { rows } from '../../src/platform/db.ts'
import { testCardCa } from '../support/cards.ts'
import { testClock } from '../support/clock.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { testFolder } from '../support/folder.ts'
import { testRandom, testSealer } from '../support/keys.ts'
import { OPERATOR } from '../support/relying-parties.ts'

const clock = testClock()
const ca = testCardCa({ clock })
const issuer = { ...issuerOf(readCertificate(ca.issuing.certificate)!, []), id: 'esteid2018' }
const folder = testFolder()
let database: TestDatabase
let blocks: CardBlocks
beforeAll(async () => {
  database = await testDatabase()
  const audit = openAuditLog({ sealer: testSealer('audit-payload'), clock, random: testRandom() })
  blocks = openCardBlocks({ db: database.db, audit, clock })
})
afterEach(() => rows(database.db, 'delete from card_block'))
afterAll(async () => {
  folder.remove()
  await blocks.close()
  await database.close()
})

/** What an operator reads: the lines printed, or the refusal. */
const pratu = (...words: string[]) => pratuWith([issuer], ...words)

async function pratuWith(issuers: readonly Issuer[], ...words: string[]) {
  const printed: string[] = []
  let refused = ''
  const program = new Command('pratu').exitOverride().configureOutput({ writeErr: () => {} })
  addCardBlockCommands(program, {
    open: async () => ({ db: database.db, cardBlocks: blocks, actor: OPERATOR, close: async () => {} }),
    issuers: () => issuers,
    print: (line) => printed.push(line),
  })
  await program.parseAsync(['cards', ...words], { from: 'user' }).catch((error: Error) => {
    refused = error instanceof CommandRefused ? error.message : `usage: ${error.message}`
  })
  return { text: printed.join('\n'), refused }
}

const REASONS = ['--why', 'CVE-2017-15361', '--th', 'บัตรรุ่นนี้', '--en', 'This batch.', '--et', 'See partii.']

function file(name: string, content: string): string {
  const path = join(folder.path, name)
  writeFileSync(path, content)
  return path
}

describe('pratu cards', () => {
  test('block, blocks and unblock tell what is stopped, since when and why', async () => {
    expect((await pratu('blocks')).text).toBe('No block is in force.')
    const conditions = ['--issuer', 'esteid2018', '--from', '2014-10-16', '--to', '2017-10-25', '--key', 'rsa-2048']
    const { text } = await pratu('block', ...conditions, ...REASONS)
    const what = 'cards of esteid2018, issued from 2014-10-16, issued until 2017-10-25, with rsa-2048 keys'
    const [, id] = /^Block (\d+): (.*)\. In force on every node within 5 seconds\.$/.exec(text)!
    expect(text).toContain(what)
    expect((await pratu('blocks')).text).toBe(
      [`Block ${id}, since 2026-11-21T09:00Z: ${what}`, '  th  บัตรรุ่นนี้', '  en  This batch.', '  et  See partii.'].join(
        '\n',
      ),
    )
    expect((await pratu('unblock', id!, '--why', 'cards were renewed')).text).toBe(
      `Block ${id} is lifted, on every node within 5 seconds: ${what}.`,
    )
    expect((await pratu('blocks')).text).toBe('No block is in force.')
  })

  test('blocks tells of one whose issuer has another name now, and so does a node', async () => {
    const { text } = await pratu('block', '--issuer', 'esteid2018', ...REASONS)
    const [id] = /\d+/.exec(text)!
    expect((await pratu('blocks')).text).not.toContain('NOBODY')
    const renamed = [{ ...issuer, id: 'esteid' }]
    expect((await pratuWith(renamed, 'blocks')).text).toContain(
      'COVERS NOBODY among cards: issuers.txt has no esteid2018',
    )
    await blocks.refresh()
    expect([blocks.idle([issuer]), blocks.idle(renamed)]).toMatchObject([[], [{ id, issuer: 'esteid2018' }]])
  })

  test('block covers the last day of its range to the end, and not the next', async () => {
    await pratu('block', '--to', '2017-10-25', ...REASONS)
    await blocks.refresh()
    const issued = (at: string) => readCertificate(ca.card({ notBefore: Date.parse(at) }).certificate)!
    expect(blocks.blocking(issued('2017-10-25T23:59:59Z'), issuer)).toBeDefined()
    expect(blocks.blocking(issued('2017-10-26T00:00:00Z'), issuer)).toBeUndefined()
  })

  test('block takes serial numbers as they are printed anywhere', async () => {
    const card = ca.card({ serial: Buffer.from('0A1B2C3D', 'hex') })
    const spelt = ['# the batch of May', '0a:1b:2c:3d', '', '0xFFEE  # another']
    const path = file('serials.txt', spelt.join('\r\n'))
    const { text } = await pratu('block', '--issuer', 'esteid2018', '--serials', path, ...REASONS)
    expect(text).toContain('among 2 serial numbers')
    await blocks.refresh()
    expect(blocks.blocking(readCertificate(card.certificate)!, issuer)).toBeDefined()
    expect(blocks.blocking(readCertificate(ca.card().certificate)!, issuer)).toBeUndefined()
  })

  test('block --dry-run says what it would cover, and changes nothing', async () => {
    const card = file('card.pem', ca.card({ notBefore: Date.parse('2020-05-01T00:00:00Z') }).pem)
    const later = file('later.pem', ca.card({ notBefore: Date.parse('2022-05-01T00:00:00Z') }).pem)
    const foreign = file('foreign.pem', ca.twin().card().pem)
    const junk = file('junk.pem', 'nothing')
    const wish = ['block', '--issuer', 'esteid2018', '--to', '2021-01-01', '--dry-run']
    expect((await pratu(...wish, '--card', card, later, foreign, junk)).text.split('\n')).toEqual([
      'Would block cards of esteid2018, issued until 2021-01-01.',
      `${card}: would be blocked`,
      `${later}: would not be blocked`,
      `${foreign}: of no configured issuer`,
      `${junk}: not a certificate`,
    ])
    expect((await pratu('blocks')).text).toBe('No block is in force.')
  })

  test.each([
    [['--why', 'x'], 'Name at least one condition'],
    [['--issuer', 'estied2018'], 'There is no issuer estied2018: esteid2018.'],
    [['--from', '2020-01-02', '--to', '2020-01-01'], '--from lies after --to.'],
    [['--from', '2020-02-30'], 'A day as YYYY-MM-DD.'],
    [['--key', 'dsa'], 'usage:'],
    [['--serials', 'somewhere'], '--serials wants --issuer'],
    [['--key', 'rsa'], 'A block needs --why, --th, --en, --et'],
    [['--key', 'rsa', '--why', ' ', '--th', 'a', '--en', 'b', '--et', 'c'], 'A block needs --why:'],
    [['--key', 'rsa', '--card', 'a.pem', ...REASONS], '--card goes with --dry-run.'],
  ])('block %j is refused with a sentence, and nothing is blocked', async (words, sentence) => {
    expect((await pratu('block', ...words)).refused).toContain(sentence)
    expect((await pratu('blocks')).text).toBe('No block is in force.')
  })

  test('block names the bad lines of a list, without the numbers', async () => {
    const path = file('bad.txt', '0A1B\n38001085718x\n\nnot hex\n')
    const { refused } = await pratu('block', '--issuer', 'esteid2018', '--serials', path, ...REASONS)
    expect(refused).toContain('line 2 is no serial number')
    expect(refused).toContain('line 4 is no serial number')
    expect(refused).not.toContain('38001085718')
    const empty = file('empty.txt', '# nothing\n')
    expect((await pratu('block', '--issuer', 'esteid2018', '--serials', empty, ...REASONS)).refused).toContain(
      'it has no serial number',
    )
  })

  test('unblock wants a reason and a block that there is', async () => {
    expect((await pratu('unblock', '999')).refused).toContain("required option '--why <text>'")
    expect((await pratu('unblock', '999', '--why', ' ')).refused).toBe('Lifting a block needs --why.')
    expect((await pratu('unblock', '999', '--why', 'x')).refused).toBe('There is no block 999.')
    expect((await pratu('unblock', "1' or 1=1", '--why', 'x')).refused).toContain('named by its number')
  })
})
