import { type AuthenticationRequest, HASHES, INTERACTIONS, type Interaction } from '../../methods/smart-id/wire.ts'

// Whether what a relying party sends is what the interface demands of it, member by member, as the real service would say.

export interface Mistake {
  readonly code: string
  readonly detail: string
  readonly paramName: string
}

export type Read =
  | { readonly ok: true; readonly request: AuthenticationRequest; readonly interactions: readonly Interaction[] }
  | { readonly ok: false; readonly mistakes: readonly Mistake[] }

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** @param byLink else a notification. */
export function readRequest(body: unknown, byLink: boolean): Read {
  const request = body as Partial<AuthenticationRequest> | null
  const mistakes: Mistake[] = []
  const wrong = (paramName: string, detail = 'invalid value') =>
    mistakes.push({ code: 'BAD_REQUEST_PARAMETER', detail, paramName })
  if (typeof request !== 'object' || request === null)
    return { ok: false, mistakes: [{ code: 'MALFORMED_REQUEST', detail: 'not a JSON object', paramName: '' }] }

  if (typeof request.relyingPartyUUID !== 'string') wrong('relyingPartyUUID')
  if (typeof request.relyingPartyName !== 'string') wrong('relyingPartyName')
  if (!['ADVANCED', 'QUALIFIED', undefined].includes(request.certificateLevel)) wrong('certificateLevel')
  if (request.signatureProtocol !== 'ACSP_V2') wrong('signatureProtocol')
  const parameters = request.signatureProtocolParameters
  const challenge = parameters?.rpChallenge
  if (typeof challenge !== 'string' || challenge.length < 44 || challenge.length > 88 || !BASE64.test(challenge))
    wrong('signatureProtocolParameters.rpChallenge', '44 to 88 characters of base64')
  if (parameters?.signatureAlgorithm !== 'rsassa-pss') wrong('signatureProtocolParameters.signatureAlgorithm')
  if (!HASHES.some((hash) => hash === parameters?.signatureAlgorithmParameters?.hashAlgorithm))
    wrong('signatureProtocolParameters.signatureAlgorithmParameters.hashAlgorithm')
  const interactions = interactionsIn(request.interactions, byLink)
  if (!interactions) wrong('interactions')
  const callback = request.initialCallbackUrl
  // The real service takes https only; on this machine the demo's own address has none.
  if (callback !== undefined && !/^(https:\/\/|http:\/\/localhost(:\d+)?\/)[^|#]+$/.test(callback))
    wrong('initialCallbackUrl')
  if (byLink === (request.vcType === 'numeric4')) wrong('vcType')
  if (!interactions || mistakes.length > 0) return { ok: false, mistakes }
  return { ok: true, request: request as AuthenticationRequest, interactions }
}

function interactionsIn(text: unknown, byLink: boolean): Interaction[] | undefined {
  if (typeof text !== 'string' || !BASE64.test(text)) return undefined
  try {
    const found = JSON.parse(Buffer.from(text, 'base64').toString()) as readonly Partial<Interaction>[]
    const types = found.map(({ type }) => type)
    const sound = found.every(({ type, displayText60, displayText200 }) =>
      type === 'displayTextAndPIN' ? fits(displayText60, 60) : fits(displayText200, 200),
    )
    const known = types.every((type) => INTERACTIONS.some((one) => one === type))
    const allowed = !byLink || !types.includes('confirmationMessageAndVerificationCodeChoice')
    if (types.length === 0 || new Set(types).size < types.length || !sound || !known || !allowed) return undefined
    return found as Interaction[]
  } catch {
    return undefined
  }
}

const fits = (text: string | undefined, most: number): boolean =>
  typeof text === 'string' && text !== '' && text.length <= most
