import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, test } from '@jest/globals'
import { openSigners, SIGNERS } from '../../../src/demo/cards/ocsp-signers.ts'
import { ANSWERS, type Responder } from '../../../src/demo/cards/responder.ts'
import { readCertificate } from '../../../src/formats/certificate.ts'
import { systemClock } from '../../../src/platform/clock.ts'
import { type TestCard, testCardCa } from '../../support/cards.ts'
import { testFolder } from '../../support/folder.ts'
import { testRandom } from '../../support/keys.ts'

// openssl reads what our CA and its responder write: a reader that shares nothing with ours.

const { path: folder, remove } = testFolder()
const ca = testCardCa({ clock: systemClock })
const card = ca.card()
const responder = await ca.responder({ slow: 300 })
afterAll(async () => {
  await responder.close()
  remove()
})

const file = (name: string, content: string | Buffer): string => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}
const chain = file('chain.pem', ca.issuing.pem + ca.root.pem)
const issuing = file('issuing.pem', ca.issuing.pem)
const root = file('root.pem', ca.root.pem)

const openssl = async (...words: string[]): Promise<string> => {
  const run = promisify(execFile)('openssl', words).catch((error: { stdout: string; stderr: string }) => error)
  const { stdout, stderr } = await run
  return stdout + stderr
}

async function asked(one: TestCard, of: Responder = responder): Promise<string> {
  const path = file('card.pem', one.pem)
  return openssl(
    'ocsp',
    '-issuer',
    issuing,
    '-cert',
    path,
    '-url',
    of.url(),
    '-CAfile',
    chain,
    '-nonce',
    '-timeout',
    '2',
    '-status_age',
    '600',
    '-resp_text',
  )
}

const SAYS: Readonly<Record<(typeof ANSWERS)[number], RegExp>> = {
  good: /card.pem: good/,
  revoked: /card.pem: revoked/,
  unknown: /card.pem: unknown/,
  'try-later': /trylater \(3\)/,
  'internal-error': /internalerror \(2\)/,
  stale: /status too old/,
  'from-the-future': /status not yet valid/,
  'past-next-update': /status expired/,
  slow: /card.pem: good/,
  hang: /[Tt]imeout/,
  'status-500': /code=500|server response error|Error querying/i,
  'wrong-type': /content type|Error querying|good/i,
  garbage: /asn1|Error querying/i,
  'wrong-nonce': /Nonce Verify error/,
  'no-nonce': /no nonce in response/,
  replay: /Nonce Verify error/,
  'two-answers': /Cert Status: good[\s\S]+Cert Status: good/,
  'another-card': /No Status found/,
  'no-answers': /No Status found/,
  'signed-by-ca': /card.pem: good\n.*\nResponse verify OK/,
  'forged-signer': /Response Verify Failure|verify error/i,
  'signer-without-purpose': /Response Verify Failure|missing ocspsigning/i,
  'expired-signer': /Response Verify Failure|expired/i,
  'no-certificate': /Response Verify Failure|not found/i,
  'broken-signature': /Response Verify Failure|signature failure/i,
}

describe('the demo responder', () => {
  test('answers about a card of its CA, and what openssl makes of it is right', async () => {
    const answer = await asked(card)
    expect(answer).toMatch(/Response verify OK/)
    expect(answer).toMatch(/card.pem: good/)
  })

  test('says that a revoked card is revoked, and that it does not know a card that its CA never issued', async () => {
    const lost = ca.card()
    ca.revoke(lost)
    expect(await asked(lost)).toMatch(/card.pem: revoked/)
    expect(await asked(ca.twin().card({ issuer: ca.issuing }))).toMatch(/card.pem: unknown/)
  })

  test.each(ANSWERS)('can be told to answer: %s', async (answer) => {
    responder.order({ answer, times: 1 })
    expect(await asked(card)).toMatch(SAYS[answer])
    expect(await asked(card)).toMatch(/card.pem: good/)
  })

  test('is told over HTTP by scripts of this machine only, and says what it was asked', async () => {
    const manage = (init: RequestInit) => fetch(new URL('/manage', responder.url()), { method: 'POST', ...init })
    const json = { 'Content-Type': 'application/json' }
    expect((await manage({ headers: json, body: '{"answer":"revoked","times":1}' })).status).toBe(200)
    expect(await asked(card)).toMatch(/card.pem: revoked/)
    expect(await asked(card)).toMatch(/card.pem: good/)
    // As a form of another site would send it.
    const form = { headers: { 'Content-Type': 'text/plain' }, body: '{"answer":"good"}' }
    expect((await manage(form)).status).toBe(400)
    expect((await manage({ headers: json, body: '{"answer":"nonsense"}' })).status).toBe(400)
    expect((await manage({ headers: json, body: '{"answer":"good","times":0}' })).status).toBe(400)
    expect((await manage({ headers: json, body: '{"answer":"try-later"}' })).status).toBe(200)
    expect(await asked(card)).toMatch(/trylater/)
    const state = await (await manage({ headers: json, body: '{}' })).json()
    expect(state).toMatchObject({ answer: 'as it should', asked: responder.asked() })
  })
})

describe('the test CA', () => {
  const curves = [{ curve: 'P-256' }, { curve: 'P-384' }, { rsa: 2048 }] as const
  test.each(curves)('issues cards that openssl takes to be good: %o', async (key) => {
    const path = file('key.pem', ca.card(key).pem)
    const answer = await openssl('verify', '-CAfile', root, '-untrusted', issuing, '-purpose', 'sslclient', path)
    expect(answer).toBe(`${path}: OK\n`)
    expect(await openssl('x509', '-in', path, '-noout', '-subject', '-nameopt', 'utf8')).toContain('PNOEE-60001019906')
  })

  test('has a twin of the same names whose cards openssl does not take', async () => {
    const path = file('twin.pem', ca.twin().card().pem)
    expect(await openssl('verify', '-CAfile', root, '-untrusted', issuing, path)).toMatch(/error|failed/)
  })

  test('writes a revocation list that names the revoked card', async () => {
    const lost = ca.card()
    ca.revoke(lost)
    const path = file('list.der', ca.revocationList({ nextUpdate: systemClock.now() + 3_600_000 }))
    const list = await openssl('crl', '-inform', 'der', '-in', path, '-noout', '-text', '-CAfile', issuing)
    expect(list).toMatch(/verify OK/)
    expect(list).toContain(lost.serial)
  })

  test('puts constraints of names where openssl finds them', async () => {
    const narrow = ca.authority('Narrow CA', { permitted: [[['C', 'FI']]] })
    const path = file('narrow.pem', ca.card({ issuer: narrow }).pem)
    const above = file('narrow-ca.pem', narrow.pem)
    expect(await openssl('verify', '-CAfile', root, '-untrusted', above, path)).toMatch(/permitted subtree violation/)
  })
})

test('every responder has a certificate that can be read, also by a chance that is all zeros', () => {
  const random = { ...testRandom(), bytes: (count: number) => Buffer.alloc(count) }
  const signers = openSigners({ authority: ca.issuing, clock: systemClock, random })
  for (const name of SIGNERS)
    for (const certificate of signers(name).certificates) expect(readCertificate(certificate)).toBeDefined()
})
