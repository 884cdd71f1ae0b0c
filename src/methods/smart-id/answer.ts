import { readCertificate } from '../../formats/certificate.ts'
import type { Assurance } from '../../identity/assurance.ts'
import type { Words } from '../../identity/language.ts'
import type { CardRefusalCode } from '../certificates/verdict.ts'
import { acspPayload, asAsked, type Signed, signatureFits } from './acsp.ts'
import type { Holder, Judge } from './certificate.ts'
import { isDigestOf, isVerifierOf } from './device-link.ts'
import type { AnswerWord } from './refusals.ts'
import {
  FLOWS,
  type FlowType,
  type Hash,
  type InteractionType,
  LEVELS,
  type Level,
  PROTOCOL,
  type SessionStatus,
} from './wire.ts'

// Whether an answer that says OK proves anything: the checks of the interface's documentation ("Validating the response"),
// in its order. Nothing of it is believed before the signature fits, and of the person nothing before all of them passed.

/** What was asked. */
export interface Expected extends Signed {
  readonly level: Level
  readonly hash: Hash
  /** In which ways this session may have come to the telephone. */
  readonly flows: readonly FlowType[]
  readonly interactions: string
  readonly types: readonly InteractionType[]
  /** Of device links, base64. */
  readonly sessionSecret?: string | undefined
  /** What the app brought back into the browser that began; of apps on the same device. */
  readonly returned?: { readonly sessionSecretDigest: string; readonly userChallengeVerifier: string } | undefined
  /** Who was asked for by number. */
  readonly person?: { readonly scheme: string; readonly code: string } | undefined
}

export type Verdict =
  | {
      readonly ok: true
      readonly holder: Holder
      readonly assurance: Assurance
      readonly flow: FlowType
      readonly signature: string
      readonly evidence: string
    }
  | { readonly ok: false; readonly word: AnswerWord | CardRefusalCode; readonly reason?: Words }

/** @param status COMPLETE with `OK`. */
export async function judgeAnswer(status: SessionStatus, expected: Expected, judge: Judge): Promise<Verdict> {
  const refuse = (word: AnswerWord | CardRefusalCode): Verdict => ({ ok: false, word })
  const { result, signature, cert, signatureProtocol, interactionTypeUsed = '' } = status
  const document = result?.documentNumber
  if (!document) return refuse('no-document')
  if (signatureProtocol !== PROTOCOL || !signature || !cert) return refuse('wrong-protocol')
  const flow = FLOWS.find((one) => one === signature.flowType)
  if (!flow || !expected.flows.includes(flow)) return refuse('wrong-flow')
  if (!expected.types.some((type) => type === interactionTypeUsed)) return refuse('wrong-interaction')
  if (!asAsked(signature, expected.hash)) return refuse('wrong-algorithm')

  const stated = LEVELS.find((level) => level === cert.certificateLevel)
  if (!stated) return refuse('wrong-profile')
  if (LEVELS.indexOf(stated) < LEVELS.indexOf(expected.level)) return refuse('level-too-low')
  const certificate = readCertificate(Buffer.from(cert.value, 'base64'))
  if (!certificate) return refuse('certificate-malformed')
  const looked = judge.look(certificate, expected.level, document)
  if (!looked.ok) return looked
  const judged = await judge.ask(certificate, looked)
  if (!judged.ok) return judged

  const payload = acspPayload(expected, { ...signature, interactionTypeUsed })
  if (!signatureFits(payload, signature.value, expected.hash, certificate.x509.publicKey))
    return refuse('wrong-signature')
  // Through an app on the same device: the answer alone is not enough then.
  if (flow === 'Web2App' || flow === 'App2App') {
    const wrong = wrongReturn(expected, signature.userChallenge)
    if (wrong) return refuse(wrong)
  }
  const { holder, assurance, evidence } = judged
  const { person } = expected
  if (person && (person.scheme !== holder.scheme || person.code !== holder.code)) return refuse('wrong-person')
  return { ok: true, holder, assurance, flow, signature: signature.value, evidence }
}

function wrongReturn({ returned, sessionSecret }: Expected, userChallenge: string): AnswerWord | undefined {
  if (!returned || sessionSecret === undefined) return 'no-callback'
  const fits =
    isDigestOf(returned.sessionSecretDigest, sessionSecret) &&
    isVerifierOf(returned.userChallengeVerifier, userChallenge)
  return fits ? undefined : 'wrong-callback'
}
