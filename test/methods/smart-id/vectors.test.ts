import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { type Certificate, readCertificate } from '../../../src/formats/certificate.ts'
import { certIdOf } from '../../../src/formats/ocsp.ts'
import { issuerOf } from '../../../src/methods/certificates/issuers.ts'
import { openOcspJudge } from '../../../src/methods/certificates/ocsp-answer.ts'
import { acspPayload } from '../../../src/methods/smart-id/acsp.ts'
import { type Expected, judgeAnswer } from '../../../src/methods/smart-id/answer.ts'
import { forSigningIn, holderOf, levelOf, openJudge } from '../../../src/methods/smart-id/certificate.ts'
import {
  authCodePayload,
  deviceLink,
  isDigestOf,
  isVerifierOf,
  keyed,
} from '../../../src/methods/smart-id/device-link.ts'
import { endedCode } from '../../../src/methods/smart-id/refusals.ts'
import { readStatus } from '../../../src/methods/smart-id/status.ts'
import { verificationCode } from '../../../src/methods/smart-id/verification-code.ts'
import { FAILURES, type Hash, LEVELS } from '../../../src/methods/smart-id/wire.ts'
import { testClock } from '../../support/clock.ts'

// What the provider publishes: the computed examples of its documentation, answers of its service, certificates of its
// test accounts, and those that its PHP client's tests made.

const FOLDER = resolve(import.meta.dirname, '../../..', process.env.PRATU_VECTORS ?? '../shared/vectors', 'smart-id')
const published = existsSync(FOLDER) ? describe : describe.skip

const text = (path: string): string => readFileSync(join(FOLDER, path), 'utf8')
const certificateAt = (path: string): Certificate => readCertificate(readFileSync(join(FOLDER, path)))!

interface Computed {
  readonly inputs: Readonly<Record<string, string>>
  readonly authCodes: readonly {
    readonly deviceLinkType: 'QR' | 'Web2App' | 'App2App'
    readonly sessionType: string
    readonly elapsedSeconds?: number
    readonly unprotectedLink: string
    readonly payload: string
    readonly expectedAuthCode: string
    readonly fullLink: string
  }[]
  readonly acspV2: Readonly<Record<string, string>>
  readonly notificationVerificationCode: { readonly rpChallenge: string; readonly expected: string }
  readonly callback: Readonly<Record<string, string>>
}
const computed = (): Computed => JSON.parse(text('computed-values.json')) as Computed
const plain = (base64: string): string => Buffer.from(base64, 'base64').toString()

published('the computed examples', () => {
  test('nine authCodes, from the payload on', () => {
    const { inputs, authCodes } = computed()
    expect(authCodes).toHaveLength(9)
    for (const { deviceLinkType, sessionType, unprotectedLink, payload, expectedAuthCode } of authCodes) {
      const certificate = sessionType === 'cert'
      const made = authCodePayload({
        schemeName: inputs.schemeName!,
        signatureProtocol: { auth: 'ACSP_V2', sign: 'RAW_DIGEST_SIGNATURE', cert: '' }[sessionType]!,
        challenge: { auth: inputs.rpChallenge!, sign: inputs.digestForSigning!, cert: '' }[sessionType]!,
        rpName: plain(inputs.rpNameBase64!),
        brokeredRpName: plain(inputs.brokeredRpNameBase64!),
        interactions: certificate ? '' : inputs.interactionsBase64!,
        callback: deviceLinkType === 'QR' ? '' : inputs.initialCallbackUrl!,
        link: unprotectedLink,
      })
      expect(made).toBe(payload)
      expect(keyed(inputs.sessionSecret!, made)).toBe(expectedAuthCode)
    }
  })

  test('the links of a sign-in are put together to the letter', () => {
    const { inputs, authCodes } = computed()
    for (const { deviceLinkType, elapsedSeconds, unprotectedLink, sessionType } of authCodes) {
      if (sessionType !== 'auth') continue
      const session = {
        schemeName: inputs.schemeName!,
        rpName: plain(inputs.rpNameBase64!),
        rpChallenge: inputs.rpChallenge!,
        interactions: inputs.interactionsBase64!,
        callback: inputs.initialCallbackUrl,
        deviceLinkBase: inputs.deviceLinkBase!,
        sessionToken: inputs.sessionToken!,
        sessionSecret: inputs.sessionSecret!,
        lang: 'eng',
      }
      const [link, authCode] = deviceLink(session, deviceLinkType, elapsedSeconds).split('&authCode=')
      expect(link).toBe(unprotectedLink)
      expect(authCode).toMatch(/^[\w-]{43}$/)
    }
  })

  test('what is signed', () => {
    const { inputs, acspV2 } = computed()
    const made = acspPayload(
      {
        schemeName: inputs.schemeName!,
        rpName: plain(inputs.rpNameBase64!),
        brokeredRpName: plain(inputs.brokeredRpNameBase64!),
        rpChallenge: inputs.rpChallenge!,
        interactions: inputs.interactionsBase64!,
        callback: inputs.initialCallbackUrl,
      },
      {
        serverRandom: acspV2.serverRandom!,
        userChallenge: acspV2.userChallenge!,
        flowType: acspV2.flowType!,
        interactionTypeUsed: acspV2.interactionTypeUsed!,
      },
    )
    expect(made).toBe(acspV2.payload)
  })

  test('the number to compare, and what the app brings back', () => {
    const { inputs, notificationVerificationCode: code, callback } = computed()
    expect(verificationCode(code.rpChallenge)).toBe(code.expected)
    expect(isVerifierOf(callback.userChallengeVerifier!, callback.expectedUserChallenge!)).toBe(true)
    expect(isVerifierOf(`${callback.userChallengeVerifier}x`, callback.expectedUserChallenge!)).toBe(false)
    expect(isDigestOf(callback.expectedSessionSecretDigest!, inputs.sessionSecret!)).toBe(true)
    expect(isDigestOf(callback.expectedSessionSecretDigest!, inputs.rpChallenge!)).toBe(false)
  })
})

let read: readonly Certificate[] | undefined
/** Some files hold two, and some stand in several. */
function authorities(): readonly Certificate[] {
  read ??= readAuthorities()
  return read
}

function readAuthorities(): Certificate[] {
  const all = readdirSync(join(FOLDER, 'ca')).flatMap((name) =>
    (text(`ca/${name}`).match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map(
      (pem) => readCertificate(pem)!,
    ),
  )
  return all.filter(({ ca, der }, at) => ca && all.findIndex((other) => other.der.equals(der)) === at)
}

function judgeAt(time: string) {
  const issuers = authorities().map((ca) => ({
    ...issuerOf(ca, []),
    schemes: ['EE', 'LV', 'LT'] as const,
  }))
  return openJudge({
    issuers,
    production: true,
    revocation: { check: async () => ({ good: true, evidence: 'not asked' }) },
    blocks: { blocking: () => undefined },
    clock: testClock(time),
  })
}

interface RealAnswer {
  readonly schemeName: string
  readonly request: {
    readonly relyingPartyName: string
    readonly interactions: string
    readonly signatureProtocolParameters: {
      readonly rpChallenge: string
      readonly signatureAlgorithmParameters: { readonly hashAlgorithm: Hash }
    }
  }
  readonly sessionStatus: unknown
  readonly expected: { readonly payload: string; readonly verificationCode: string }
}

published('a real answer of the demo service', () => {
  const real = (): RealAnswer => JSON.parse(text('responses/acsp-v2-notification-demo-ok.json')) as RealAnswer
  const asked = ({ schemeName, request }: RealAnswer, more: Partial<Expected> = {}): Expected => ({
    schemeName,
    rpName: request.relyingPartyName,
    rpChallenge: request.signatureProtocolParameters.rpChallenge,
    interactions: request.interactions,
    types: ['displayTextAndPIN'],
    level: 'QUALIFIED',
    hash: request.signatureProtocolParameters.signatureAlgorithmParameters.hashAlgorithm,
    flows: ['Notification'],
    ...more,
  })
  const judged = async (more: Partial<Expected> = {}, time = '2026-01-01T00:00:00Z') => {
    const answer = real()
    const verdict = await judgeAnswer(readStatus(answer.sessionStatus)!, asked(answer, more), judgeAt(time))
    return verdict.ok ? `${verdict.holder.scheme} ${verdict.holder.code}` : verdict.word
  }

  test('is believed, with the number that the page showed', async () => {
    expect(await judged()).toBe('EE 40504040001')
    const { request, expected } = real()
    expect(verificationCode(request.signatureProtocolParameters.rpChallenge)).toBe(expected.verificationCode)
  })

  test.each([
    ['for the other scheme', { schemeName: 'smart-id' }, 'wrong-signature'],
    ['for another name', { rpName: 'demo' }, 'wrong-signature'],
    ['to another challenge', { rpChallenge: 'A'.repeat(88) }, 'wrong-signature'],
    ['to other words', { interactions: 'W10=' }, 'wrong-signature'],
    ['by a way that was not opened', { flows: ['QR', 'Web2App'] }, 'wrong-flow'],
    ['by an interaction that was not asked', { types: ['confirmationMessage'] }, 'wrong-interaction'],
    ['with a hash that was not asked', { hash: 'SHA-512' }, 'wrong-algorithm'],
    ['of another person', { person: { scheme: 'EE', code: '60001019906' } }, 'wrong-person'],
  ] as const)('is none %s', async (_says, more, word) => {
    expect(await judged(more as Partial<Expected>)).toBe(word)
  })

  test('is none outside the certificate’s time', async () => {
    expect(await judged({}, '2025-09-08T12:25:21Z')).toBe('not-yet-valid')
    expect(await judged({}, '2028-09-07T12:25:22Z')).toBe('expired')
  })

  test('every byte of the certificate and of the signature counts', async () => {
    const answer = real()
    for (const member of ['cert', 'signature'] as const) {
      const status = structuredClone(answer.sessionStatus) as Record<string, { value: string }>
      const bytes = Buffer.from(status[member]!.value, 'base64')
      for (const at of [12, 200, bytes.length - 1]) {
        const turned = Buffer.from(bytes)
        turned[at]! ^= 1
        const changed = { ...status, [member]: { ...status[member], value: turned.toString('base64') } }
        const verdict = await judgeAnswer(readStatus(changed)!, asked(answer), judgeAt('2026-01-01T00:00:00Z'))
        expect([member, at, verdict.ok]).toEqual([member, at, false])
      }
    }
  })
})

published('the published answers', () => {
  const results: Readonly<Record<string, string>> = {
    'certificate-by-document-number-response-unknown-state.json': 'malformed',
    'certificate-by-document-number-response.json': 'malformed',
    'session-status-account-unusable.json': 'PRT-1811',
    'session-status-document-unusable.json': 'PRT-1803',
    'session-status-expected-linked-session.json': 'PRT-1809',
    'session-status-protocol-failure.json': 'PRT-1808',
    'session-status-running-with-ignored-properties.json': 'running',
    'session-status-running.json': 'running',
    'session-status-server-error.json': 'PRT-1810',
    'session-status-successful-authentication.json': 'wrong-signature',
    'session-status-successful-certificate-choice.json': 'malformed',
    'session-status-successful-signature.json': 'malformed',
    'session-status-timeout.json': 'PRT-1802',
    'session-status-user-refused-cert-choice.json': 'PRT-1806',
    'session-status-user-refused-confirmation-vc-choice.json': 'PRT-1807',
    'session-status-user-refused-confirmation.json': 'PRT-1807',
    'session-status-user-refused-display-text-and-pin.json': 'PRT-1807',
    'session-status-user-refused-vc-choice.json': 'PRT-1807',
    'session-status-user-refused.json': 'PRT-1801',
    'session-status-wrong-vc.json': 'PRT-1804',
  }
  const names = () => readdirSync(join(FOLDER, 'responses')).filter((name) => !name.startsWith('acsp'))

  test('each gives its documented result', async () => {
    const found: Record<string, string> = {}
    for (const name of names()) {
      const status = readStatus(JSON.parse(text(`responses/${name}`)))
      if (!status) found[name] = 'malformed'
      else if (status.state === 'RUNNING') found[name] = 'running'
      else if (status.result?.endResult !== 'OK') found[name] = endedCode(status.result!.endResult)
      else {
        // To which challenge it answers is not published: everything else of it holds.
        const expected: Expected = {
          schemeName: 'smart-id-demo',
          rpName: 'DEMO',
          rpChallenge: 'A'.repeat(88),
          interactions: 'W10=',
          types: ['displayTextAndPIN'],
          level: 'QUALIFIED',
          hash: 'SHA3-512',
          flows: ['QR', 'Web2App'],
        }
        const verdict = await judgeAnswer(status, expected, judgeAt('2026-01-01T00:00:00Z'))
        found[name] = verdict.ok ? 'ok' : verdict.word
      }
    }
    expect(found).toEqual(results)
  })

  test('every failure of the interface has a code, and what is none of them has one too', () => {
    const codes = FAILURES.map(endedCode)
    expect(new Set(codes).size).toBe(FAILURES.length)
    expect(endedCode('NEVER_HEARD_OF')).toBe('PRT-1812')
    expect(endedCode('toString')).toBe('PRT-1812')
  })
})

published('the published certificates', () => {
  const said = (path: string) => {
    const certificate = certificateAt(path)
    const holder = holderOf(certificate, { schemes: ['EE', 'LV', 'LT'] })
    return [
      levelOf(certificate) ?? 'no level',
      forSigningIn(certificate) ? 'signs in' : 'does not sign in',
      holder ? `${holder.scheme} ${holder.code}` : 'nobody',
    ].join(', ')
  }

  test('of test accounts: their level, their purpose, their holder', () => {
    const folder = readdirSync(join(FOLDER, 'certs')).toSorted()
    expect(Object.fromEntries(folder.map((name) => [name, said(`certs/${name}`)]))).toEqual({
      'auth-cert-40504040001-demo-q.crt': 'QUALIFIED, signs in, EE 40504040001',
      'auth-cert-40504040001.pem.crt': 'QUALIFIED, signs in, EE 40504040001',
      'auth-pnolv-020100-29990-mock-q.crt': 'ADVANCED, signs in, LV 020100-29990',
      'cert-choice-cert-40504040001.pem.cert': 'no level, does not sign in, EE 40504040001',
      'expired-cert.pem.crt': 'ADVANCED, signs in, EE 10101010005',
      'nq-auth-cert-40504049999.crt': 'ADVANCED, signs in, LT 40504049999',
      'other-auth-cert.pem.crt': 'ADVANCED, signs in, EE 10101010005',
      'sign-cert-40504040001.pem.crt': 'no level, does not sign in, EE 40504040001',
    })
  })

  // Four name people by codes with a wrong check digit, whom no register has.
  test('of the PHP client’s tests: what each was made for', () => {
    const folder = readdirSync(join(FOLDER, 'php-synthetic'))
      .filter((name) => name.endsWith('_ee.pem.crt') || name === 'dob_lv.pem.crt')
      .toSorted()
    expect(Object.fromEntries(folder.map((name) => [name, said(`php-synthetic/${name}`)]))).toEqual({
      'dob_ee.pem.crt': 'ADVANCED, signs in, EE 39005150001',
      'dob_lv.pem.crt': 'ADVANCED, signs in, LV 329999-00007',
      'expired_ee.pem.crt': 'ADVANCED, signs in, nobody',
      'no_basic_constraints_ee.pem.crt': 'ADVANCED, signs in, nobody',
      'no_clientauth_ee.pem.crt': 'ADVANCED, does not sign in, nobody',
      'no_digsig_ee.pem.crt': 'ADVANCED, does not sign in, nobody',
      'no_policies_ee.pem.crt': 'no level, signs in, nobody',
      'non_pno_serial_ee.pem.crt': 'ADVANCED, signs in, nobody',
      'non_qualified_smartid_ee.pem.crt': 'ADVANCED, signs in, nobody',
      'non_smartid_ee.pem.crt': 'no level, signs in, nobody',
      'ocsp_ee.pem.crt': 'ADVANCED, signs in, nobody',
      'plain_serial_ee.pem.crt': 'ADVANCED, signs in, nobody',
      'qualified_missing_euqcp_ee.pem.crt': 'no level, signs in, nobody',
      'qualified_smartid_ee.pem.crt': 'QUALIFIED, signs in, EE 30303039914',
    })
  })

  test('a path leads to a configured CA, at the level that is asked for', () => {
    const results = [
      'auth-cert-40504040001-demo-q.crt',
      'nq-auth-cert-40504049999.crt',
      'expired-cert.pem.crt',
      'sign-cert-40504040001.pem.crt',
    ].map((name) =>
      LEVELS.map((level) => {
        const judged = judgeAt('2026-01-01T00:00:00Z').look(certificateAt(`certs/${name}`), level, documentOf(name))
        return judged.ok ? 'ok' : judged.word
      }),
    )
    expect(results).toEqual([
      ['ok', 'ok'],
      ['ok', 'level-too-low'],
      ['expired', 'expired'],
      ['wrong-profile', 'wrong-profile'],
    ])
    const certificate = certificateAt('certs/auth-cert-40504040001-demo-q.crt')
    expect(judgeAt('2026-01-01T00:00:00Z').look(certificate, 'QUALIFIED', 'PNOEE-40504040001-MOCK-Q')).toMatchObject({
      word: 'wrong-document',
    })
  })

  const documentOf = (name: string): string =>
    /^nq/.test(name) ? 'PNOLT-40504049999-MOCK-NQ' : 'PNOEE-40504040001-DEMO-Q'
})

published('the published revocation answers of the PHP client’s tests', () => {
  // They are no DER: OpenSSL, too, reads nothing of any but the revoked one, whose signer has a SHA-1 certificate.
  test('none is taken for a good one', () => {
    const issuer = certificateAt('php-synthetic/test_ca.pem.crt')
    const certId = certIdOf(certificateAt('php-synthetic/ocsp_ee.pem.crt'), issuer)!
    const names = readdirSync(join(FOLDER, 'php-synthetic')).filter((name) => name.startsWith('ocsp_response_'))
    const verdicts = names.map((name) => {
      const answer = readFileSync(join(FOLDER, 'php-synthetic', name))
      return openOcspJudge()(answer, { certId, issuer, now: Date.parse('2026-03-25T19:57:00Z') })
    })
    expect(verdicts).toHaveLength(9)
    expect(verdicts.filter(({ good }) => good)).toEqual([])
  })
})
