import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { type Certificate, readCertificate } from '../../../src/formats/certificate.ts'
import { issuerOf } from '../../../src/methods/certificates/issuers.ts'
import { type Needs, openValidation, type Step, type Verdict } from '../../../src/methods/smart-card/validation.ts'
import { readToken, wrongSignature } from '../../../src/methods/smart-card/web-eid.ts'
import { testClock } from '../../support/clock.ts'

// What Web eID's own validators publish: tokens and certificates of test cards, each with the time at which its result
// holds.

const FOLDER = resolve(import.meta.dirname, '../../..', process.env.PRATU_VECTORS ?? '../shared/vectors', 'web-eid')
const there = existsSync(FOLDER)
const published = there ? describe : describe.skip

interface Vector {
  readonly token: Readonly<Record<string, unknown>>
  readonly nonce: string
  readonly origin: string
  readonly clock: string
}

const certificateAt = (path: string): Certificate => readCertificate(readFileSync(join(FOLDER, path)))!
const vector = (name: string): Vector => JSON.parse(readFileSync(join(FOLDER, 'tokens', name), 'utf8')) as Vector

const issuers: Needs['issuers'] = there
  ? readdirSync(join(FOLDER, 'ca'))
      .map((name) => certificateAt(`ca/${name}`))
      .filter(({ ca }) => ca)
      .map((ca) => issuerOf(ca, []))
  : []

function validationAt(time: string, more: Partial<Needs> = {}) {
  return openValidation({
    issuers,
    production: true,
    revocation: { check: async () => ({ good: true, evidence: 'not asked' }) },
    blocks: { blocking: () => undefined },
    clock: testClock(time),
    ...more,
  })
}

const outcome = (verdict: Verdict): string =>
  verdict.ok ? verdict.holder.candidates.map(({ scheme, code }) => `${scheme} ${code}`).join(', ') : verdict.code

published('the published tokens', () => {
  test('each gives its documented result at its time', async () => {
    const found = await Promise.all(
      readdirSync(join(FOLDER, 'tokens'))
        .toSorted()
        .map(async (name) => {
          const { token, nonce, origin, clock } = vector(name)
          const steps: Step[] = []
          const challenge = { origin, nonce }
          const verdict = await validationAt(clock).token(JSON.stringify(token), challenge, (step) => steps.push(step))
          const failed = steps.filter(({ passed }) => !passed).map(({ check }) => check)
          return [name, outcome(verdict), ...failed]
        }),
    )
    expect(found).toEqual([
      ['be-es384-valid.json', 'BE 01050399864'],
      ['es384-expired-cert.json', 'expired', 'validity'],
      ['es384-not-yet-valid-cert.json', 'not-yet-valid', 'validity'],
      ['es384-valid-v10.json', 'EE 38001085718'],
      ['es384-valid-v11.json', 'EE 38001085718'],
      ['es384-wrong-cert.json', 'signature-invalid', 'signature'],
      ['es384-wrong-nonce.json', 'signature-invalid', 'signature'],
      ['es384-wrong-origin.json', 'signature-invalid', 'signature'],
      ['fi-es384-valid.json', 'FINUID 999020016'],
      ['rs256-latvia-signature-only.json', 'unknown-issuer', 'trust'],
    ])
  })

  test('one whose issuer is not among the vectors has a right RS256 signature, and a wrong one when a bit differs', () => {
    const { token, nonce, origin } = vector('rs256-latvia-signature-only.json')
    const read = readToken(JSON.stringify(token))
    if (!read.ok) throw new Error(read.code)
    expect(wrongSignature(read.token, { origin, nonce })).toBeUndefined()
    expect(wrongSignature(read.token, { origin, nonce: `${nonce}0` })).toBe('signature-invalid')
  })

  test('without its issuer a good one is refused', async () => {
    const { token, nonce, origin, clock } = vector('es384-valid-v10.json')
    const others = issuers.filter(
      ({ certificate }) => !certificate.subject.some(({ value }) => value === 'TEST of ESTEID2018'),
    )
    const verdict = await validationAt(clock, { issuers: others }).token(JSON.stringify(token), { origin, nonce })
    expect(outcome(verdict)).toBe('unknown-issuer')
  })

  test('a path up to the root holds as well as one that ends at the issuing CA', async () => {
    const { token, nonce, origin, clock } = vector('es384-valid-v10.json')
    const whole = issuerOf(certificateAt('ca/TEST_of_ESTEID2018.cer'), [
      certificateAt('ca/TEST_of_EE-GovCA2018.pem.crt'),
    ])
    const verdict = await validationAt(clock, { issuers: [whole] }).token(JSON.stringify(token), { origin, nonce })
    expect(outcome(verdict)).toBe('EE 38001085718')
  })
})

published('the published certificates', () => {
  const results: readonly (readonly [file: string, time: string, outcome: string])[] = [
    ['jaak_kristjan_esteid2018_cert.pem', '2021-09-17T18:25:24Z', 'EE 38001085718'],
    ['jaak_kristjan_esteid2018_cert.pem', '2023-10-18T00:00:00Z', 'expired'],
    ['revoked_cert.pem', '2019-12-01T00:00:00Z', 'revoked'],
    ['revoked_cert.pem', '2021-09-17T00:00:00Z', 'expired'],
    ['missing_key_usage_cert.pem', '2021-09-17T00:00:00Z', 'wrong-usage'],
    ['wrong_purpose_cert.pem', '2021-09-17T00:00:00Z', 'wrong-usage'],
    ['wrong_policy_cert.pem', '2021-09-17T00:00:00Z', 'mobile-policy'],
    ['mariliis_esteid2015_cert.pem', '2019-09-17T00:00:00Z', 'wrong-usage'],
    ['organization_cert.pem', '2023-09-17T00:00:00Z', 'no-identifier'],
    ['lv_demo_different_cert.pem', '2020-09-17T00:00:00Z', 'unknown-issuer'],
  ]

  test('each gives its documented result at its time', async () => {
    const found = await Promise.all(
      results.map(async ([name, time]) => {
        // As the issuer's demonstration responder has it.
        const answer =
          name === 'revoked_cert.pem'
            ? ({ good: false, because: 'revoked', detail: 'as published' } as const)
            : ({ good: true, evidence: 'as published' } as const)
        const validation = validationAt(time, { revocation: { check: async () => answer } })
        return [name, time, outcome(await validation.certificate(certificateAt(`certs/${name}`)))]
      }),
    )
    expect(found).toEqual(results)
  })

  test('none of the CAs is taken for a card', async () => {
    for (const name of readdirSync(join(FOLDER, 'ca'))) {
      const verdict = await validationAt('2021-09-17T00:00:00Z').certificate(certificateAt(`ca/${name}`))
      expect(outcome(verdict)).toBe('wrong-usage')
    }
  })
})
