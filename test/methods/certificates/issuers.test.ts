import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { inTheWay } from '../../../src/cli/in-the-way.ts'
import { IssuerMistakes, readIssuers } from '../../../src/methods/certificates/issuers.ts'
import { type TestCardCa, testCardCa } from '../../support/cards.ts'
import { testClock } from '../../support/clock.ts'

// The folder of issuers: what its lines mean, and that everything wrong with it is told at once.

let folder: string
let ca: TestCardCa
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pratu-issuers-'))
  ca = testCardCa({ clock: testClock() })
  const named = (name: string) => ca.authority(name, {})
  const live = named('National CA of cards')
  writeFileSync(join(folder, 'national.pem'), live.pem)
  writeFileSync(join(folder, 'national.cer'), live.certificate)
  writeFileSync(join(folder, 'root.pem'), ca.root.pem)
  writeFileSync(join(folder, 'testing.pem'), ca.issuing.pem)
  writeFileSync(join(folder, 'card.pem'), ca.card().pem)
  writeFileSync(join(folder, 'two.pem'), live.pem + ca.root.pem)
  writeFileSync(join(folder, 'second.pem'), named('Another national CA').pem)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function read(...lines: string[]) {
  writeFileSync(join(folder, 'issuers.txt'), lines.join('\n'))
  return readIssuers(folder)
}
function mistakes(...lines: string[]): readonly string[] {
  try {
    read(...lines)
  } catch (error) {
    if (error instanceof IssuerMistakes) return error.mistakes
    throw error
  }
  throw new Error('nothing was wrong')
}

describe('a line', () => {
  test('says whose cards, whom they name, how surely, and who knows whether they are good', () => {
    const [issuer] = read(
      '# the only one',
      '',
      'national ca=national.cer,root.pem schemes=TH,EE assurance=high policies=1.2.3,1.2.4 e-residents=1.2.5 ocsp=http://a.example/ocsp|no-nonce|age=43200|responder=card.pem ocsp=https://b.example # two',
    )
    expect(issuer).toMatchObject({
      id: 'national',
      schemes: ['TH', 'EE'],
      assurance: 'high',
      policies: ['1.2.3', '1.2.4'],
      eResidents: ['1.2.5'],
      test: false,
    })
    expect(issuer!.chain).toHaveLength(2)
    expect(issuer!.ocsp.map(({ url, nonce, responder }) => [url, nonce, responder !== undefined])).toEqual([
      ['http://a.example/ocsp', false, true],
      ['https://b.example', true, false],
    ])
    expect(issuer!.ocsp.map(({ age }) => age)).toEqual([43_200_000, undefined])
    expect(issuer).not.toHaveProperty('crl')
  })

  test('needs no more than its CA, schemes and assurance; a root beside it is a matter of taste', () => {
    const [issuer] = read('a ca=national.pem schemes=EE assurance=substantial crl=http://a.example/list.crl')
    expect(issuer).toMatchObject({ ocsp: [], eResidents: [], crl: 'http://a.example/list.crl' })
    expect(issuer).not.toHaveProperty('policies')
  })
})

describe('a mistake', () => {
  test.each([
    ['A ca=national.pem schemes=EE assurance=high', 'begins with "A"'],
    ['a schemes=EE assurance=high', 'ca is missing'],
    ['a ca=none.pem schemes=EE assurance=high', 'none.pem is not in the folder'],
    ['a ca=../keys/master.key schemes=EE assurance=high', 'is not the name of a file in the folder'],
    ['a ca=two.pem schemes=EE assurance=high', 'two.pem is not one certificate'],
    ['a ca=card.pem schemes=EE assurance=high', 'is not the certificate of a CA'],
    ['a ca=national.pem,second.pem schemes=EE assurance=high', 'was not issued by Another national CA'],
    ['a ca=testing.pem,root.pem,national.pem schemes=EE assurance=high test', 'at most 2 CA certificates'],
    ['a ca=testing.pem schemes=EE assurance=high', 'add the word test'],
    ['a ca=national.pem assurance=high', 'schemes is missing'],
    ['a ca=national.pem schemes=EE,XX assurance=high', 'XX is not one of'],
    ['a ca=national.pem schemes=EE', 'assurance is missing'],
    ['a ca=national.pem schemes=EE assurance=highest', 'highest is not a level'],
    ['a ca=national.pem schemes=EE assurance=high policies=1.2.x', '1.2.x is not an OID'],
    ['a ca=national.pem schemes=EE assurance=high ocsp=ftp://a', 'ftp://a is not an address'],
    ['a ca=national.pem schemes=EE assurance=high ocsp=http://a|nonce=no', '"nonce=no" is not known'],
    ['a ca=national.pem schemes=EE assurance=high ocsp=http://a|no-nonce|age=1h', '"age=1h" is not known'],
    ['a ca=national.pem schemes=EE assurance=high ocsp=http://a|age=3600', 'age goes with no-nonce'],
    ['a ca=national.pem schemes=EE assurance=high ocsp=http://a|responder=none.pem', 'none.pem is not in the folder'],
    ['a ca=national.pem schemes=EE assurance=high crl=here', 'here is not an address'],
    ['a ca=national.pem schemes=EE assurance=high assurance=low', 'assurance stands twice'],
    ['a ca=national.pem schemes=EE assurance=high trust=yes', '"trust" is not known'],
    ['a ca=national.pem schemes=EE assurance=high test=no', 'test takes no value'],
    ['a ca=national.pem schemes= assurance=high', 'schemes has no value'],
  ])('%s: %s', (line, said) => {
    expect(mistakes(line).join('\n')).toContain(said)
  })

  test('does not hide the next: all are told at once, with their lines, in one sentence each', () => {
    const all = mistakes(
      'a ca=none.pem schemes=XX',
      '',
      'b ca=national.pem schemes=EE assurance=high',
      'b ca=national.cer schemes=EE assurance=high',
    )
    expect(all).toHaveLength(4)
    expect(all.filter((line) => line.startsWith('issuers.txt:1 '))).toHaveLength(3)
    expect(all.at(-1)).toContain('b stands twice')
  })

  test('of the folder itself is one too, and an operator reads it without a stack', () => {
    expect(mistakes('# nobody')).toEqual(['issuers.txt names no issuer'])
    rmSync(join(folder, 'issuers.txt'))
    const said = `The issuers of cards in ${folder} are not usable:\n  there is no issuers.txt`
    expect(() => readIssuers(folder)).toThrow(said)
    expect(inTheWay(new IssuerMistakes(folder, ['there is no issuers.txt']))).toBe(said)
  })

  test('one certificate under two names is one of them', () => {
    expect(
      mistakes('a ca=national.pem schemes=EE assurance=high', 'b ca=national.cer schemes=EE assurance=high'),
    ).toEqual(['b and a have the same certificate'])
  })
})
