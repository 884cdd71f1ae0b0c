import { countryPrefix } from '../../identity/phone-number.ts'
import { secretBytes } from './wire.ts'

// What the settings of text messages mean together.

export interface SmsSettings {
  /** Where messages are posted to. */
  readonly gateway: string
  readonly secret: Buffer
  /** `+` and digits; numbers that begin otherwise are not sent to (toll fraud). */
  readonly prefixes: readonly string[]
  /** The scheme whose country numbers without a prefix belong to. */
  readonly home: string
  /** Whether announcements carry a link; they do unless said. */
  readonly links?: boolean
}

export interface Values {
  readonly schemes: readonly string[]
  readonly fetchAllow: readonly string[]
  readonly smsGateway: string | undefined
  readonly smsGatewaySecret: string | undefined
  readonly smsPrefixes: readonly string[]
  readonly smsLinks: 'on' | 'off'
}

/** @returns no `sms` where there is to be none; `mistakes`: one sentence each. */
export function readSms(config: Values): {
  readonly sms?: SmsSettings
  readonly mistakes: readonly string[]
} {
  const { schemes, fetchAllow, smsGateway, smsGatewaySecret, smsPrefixes, smsLinks } = config
  if (smsGateway === undefined && smsGatewaySecret === undefined) return { mistakes: [] }
  const secret = smsGatewaySecret === undefined ? undefined : secretBytes(smsGatewaySecret)
  const at = smsGateway === undefined ? undefined : new URL(smsGateway)
  const plain = at?.protocol === 'http:' && at.hostname !== 'localhost' && !fetchAllow.includes(at.hostname)
  const demands: [boolean, string][] = [
    [smsGateway === undefined, 'PRATU_SMS_GATEWAY is missing: PRATU_SMS_GATEWAY_SECRET alone sends nothing'],
    [plain, 'PRATU_SMS_GATEWAY may begin with http:// only for localhost and the hosts of PRATU_FETCH_ALLOW'],
    [
      smsGateway !== undefined && smsGatewaySecret === undefined,
      'PRATU_SMS_GATEWAY_SECRET is missing: the gateway must be able to tell our messages from others',
    ],
    [
      smsGatewaySecret !== undefined && secret === undefined,
      'PRATU_SMS_GATEWAY_SECRET must be whsec_ and the base64 of 24 to 64 random bytes',
    ],
  ]
  const mistakes = demands.filter(([broken]) => broken).map(([, words]) => words)
  if (mistakes.length > 0 || smsGateway === undefined || secret === undefined) return { mistakes }
  const own = schemes.map(countryPrefix).filter((prefix) => prefix !== undefined)
  const prefixes = smsPrefixes.length > 0 ? smsPrefixes : [...new Set(own)]
  const links = smsLinks === 'on'
  return { sms: { gateway: smsGateway, secret, prefixes, home: schemes[0] ?? '', links }, mistakes }
}
