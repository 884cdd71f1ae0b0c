import {
  type AuthenticationRequest,
  HASH_TYPES,
  type HashType,
  LANGUAGES,
  type PhoneLanguage,
} from '../../methods/mobile-id/wire.ts'

// What the service says to a body that begins a session: 401 to strangers, 400 with a sentence to what is not as its
// documentation has it.

export interface RelyingParty {
  readonly uuid: string
  readonly name: string
}

export type Read =
  | { readonly ok: true; readonly request: AuthenticationRequest }
  | { readonly ok: false; readonly status: 400 | 401; readonly error: string }

const BYTES: Readonly<Record<HashType, number>> = { SHA256: 32, SHA384: 48, SHA512: 64 }
const PHONE = /^\+\d{8,30}$/
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
/** 3GPP TS 23.038 §6.2.1, and its extension table. */
const GSM =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà'
const EXTENSION = '€[]^|{}\\~'

export function readRequest(body: unknown, known: RelyingParty): Read {
  const refuse = (error: string): Read => ({ ok: false, status: 400, error })
  if (typeof body !== 'object' || body === null) return refuse('Request body is not JSON')
  const given = body as Readonly<Record<string, unknown>>
  for (const name of REQUIRED) {
    if (typeof given[name] !== 'string' || given[name] === '') return refuse(`Required ${name} is missing`)
  }
  const request = given as unknown as AuthenticationRequest
  const stranger =
    request.relyingPartyUUID !== known.uuid || request.relyingPartyName.toLowerCase() !== known.name.toLowerCase()
  if (stranger) return { ok: false, status: 401, error: 'Failed to authorize user' }
  if (!PHONE.test(request.phoneNumber)) return refuse('phoneNumber must contain of + and numbers(8-30)')
  if (!HASH_TYPES.some((one) => one === request.hashType)) return refuse('hashType must be SHA256, SHA384 or SHA512')
  if (!BASE64.test(request.hash)) return refuse('hash must be valid Base64 encoded string')
  if (Buffer.from(request.hash, 'base64').length !== BYTES[request.hashType])
    return refuse('hash length does not match hashType')
  if (!LANGUAGES.some((one) => one === request.language)) return refuse('language must be EST, ENG, RUS or LIT')
  const text = wrongText(request)
  return text === undefined ? { ok: true, request: { ...request, language: spoken(request) } } : refuse(text)
}

const REQUIRED = [
  'relyingPartyUUID',
  'relyingPartyName',
  'phoneNumber',
  'nationalIdentityNumber',
  'hash',
  'hashType',
  'language',
] as const

function wrongText({ displayText, displayTextFormat = 'GSM-7' }: AuthenticationRequest): string | undefined {
  if (displayTextFormat !== 'GSM-7' && displayTextFormat !== 'UCS-2') return 'displayTextFormat must be GSM-7 or UCS-2'
  if (displayText === undefined) return undefined
  if (typeof displayText !== 'string') return 'displayText must be a string'
  if (displayTextFormat === 'UCS-2')
    return displayText.length > 50 ? 'displayText must not be longer than 50 characters' : undefined
  if (displayText.length > 100) return 'displayText must not be longer than 100 characters'
  const extended = Array.from(displayText).filter((one) => EXTENSION.includes(one)).length
  return extended > 5 ? 'displayText must not have more than 5 characters of the extension table' : undefined
}

/** As the telephone shows it: what its alphabet lacks is a space. */
export const shown = ({ displayText = '', displayTextFormat = 'GSM-7' }: AuthenticationRequest): string =>
  displayTextFormat === 'UCS-2'
    ? displayText
    : Array.from(displayText, (one) => (GSM.includes(one) || EXTENSION.includes(one) ? one : ' ')).join('')

/** Without a word: Lithuanian to Estonian SIMs, and the other way round, becomes English. */
function spoken({ language, phoneNumber }: AuthenticationRequest): PhoneLanguage {
  const foreign = { EST: '+370', LIT: '+372' }[language as 'EST' | 'LIT']
  return foreign !== undefined && phoneNumber.startsWith(foreign) ? 'ENG' : language
}
