import { choice, folder, type Kind, list, text, url, type Values } from '../../platform/settings.ts'
import { HASHES, LEVELS } from './wire.ts'

// The settings of Smart-ID, and what they mean together: none of the three that say whose service it is, or all of them.

const uuid: Kind<string> = {
  called: 'a UUID',
  read(value) {
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value)) throw new Error('must be a UUID')
    return value
  },
}

const serverKey: Kind<string> = {
  called: 'the base64 of a SHA-256',
  read(value) {
    if (!/^[A-Za-z0-9+/]{43}=$/.test(value)) throw new Error('must hold the SHA-256 of public keys, base64')
    return value
  },
}

export const SMART_ID_SETTINGS = {
  smartIdAddress: {
    kind: url('https', 'http'),
    says: "Smart-ID: the provider's service with its version, https://rp-api.smart-id.com/v3 or https://sid.demo.sk.ee/smart-id-rp/v3.",
    absent: 'Smart-ID is not offered',
  },
  smartIdRpUuid: {
    kind: uuid,
    says: 'Smart-ID: who we are there, as the contract says.',
    absent: 'demanded with PRATU_SMART_ID_ADDRESS',
  },
  smartIdRpName: {
    kind: text,
    says: 'Smart-ID: our name there, to the letter; people see it on their telephone.',
    absent: 'demanded with PRATU_SMART_ID_ADDRESS',
  },
  smartIdIssuers: {
    kind: folder,
    says: 'Smart-ID: the folder of the CAs that certify its people, with an issuers.txt like that of cards.',
    absent: 'demanded with PRATU_SMART_ID_ADDRESS',
  },
  smartIdServerKeys: {
    kind: list(serverKey),
    says: "Smart-ID: the SHA-256 of the keys that its server may show (SubjectPublicKeyInfo); today's and the next.",
    absent: 'demanded in production',
    fallback: [],
  },
  smartIdScheme: {
    kind: choice('smart-id', 'smart-id-demo'),
    says: "Smart-ID: what its signatures are made for; smart-id-demo at the provider's own demo.",
    absent: 'smart-id',
    fallback: 'smart-id',
  },
  smartIdLevel: {
    kind: choice(...LEVELS),
    says: "Smart-ID: the least level of a person's certificate; people with a basic account have ADVANCED.",
    absent: 'QUALIFIED',
    fallback: 'QUALIFIED',
  },
  smartIdHash: {
    kind: choice(...HASHES),
    says: 'Smart-ID: the hash of its signatures.',
    absent: 'SHA-512',
    fallback: 'SHA-512',
  },
  smartIdNotification: {
    kind: choice('off', 'substantial', 'high'),
    says: 'Smart-ID: whether a telephone may ring for a typed person code, and how surely that proves somebody; whoever is asked to confirm a sign-in they have not begun must notice it themselves.',
    absent: 'off',
    fallback: 'off',
  },
} as const

/** The provider ends its sessions after about ninety seconds; this is for those that it forgets to end. Milliseconds. */
export const SESSION_LIFE = 180_000
/** One allowance of notifications for each person, Mobile-ID's calls included. */
export const SMART_ID_BELL = { shared: 'telephone', life: SESSION_LIFE } as const

export interface SmartIdSettings {
  readonly address: string
  readonly rpUuid: string
  readonly rpName: string
  /** As it was written; not yet resolved. */
  readonly issuers: string
  /** base64; empty: any key with a right certificate. */
  readonly serverKeys: readonly string[]
  readonly scheme: 'smart-id' | 'smart-id-demo'
  readonly level: (typeof LEVELS)[number]
  readonly hash: (typeof HASHES)[number]
  readonly notification: 'off' | 'substantial' | 'high'
}

/** @param already mistakes that were found before. @returns undefined where it is not to be offered; `mistakes`: one sentence each. */
export function readSmartId(
  config: Values<typeof SMART_ID_SETTINGS>,
  profile: string | undefined,
  already: readonly string[],
): { readonly settings?: SmartIdSettings; readonly mistakes: readonly string[] } {
  const { smartIdAddress, smartIdRpUuid, smartIdRpName, smartIdIssuers } = config
  const given = { ADDRESS: smartIdAddress, RP_UUID: smartIdRpUuid, RP_NAME: smartIdRpName, ISSUERS: smartIdIssuers }
  if (Object.values(given).every((value) => value === undefined)) return { mistakes: [] }
  const mistakes = Object.entries(given)
    .filter(([name, value]) => value === undefined && !already.some((one) => one.startsWith(`PRATU_SMART_ID_${name} `)))
    .map(([name]) => `PRATU_SMART_ID_${name} is missing: Smart-ID needs all four of ADDRESS, RP_UUID, RP_NAME, ISSUERS`)
  const parsed = smartIdAddress === undefined ? null : URL.parse(smartIdAddress)
  if (parsed?.search || parsed?.hash || smartIdAddress?.endsWith('/'))
    mistakes.push('PRATU_SMART_ID_ADDRESS must end with its version, as in https://rp-api.smart-id.com/v3')
  if (parsed?.protocol === 'http:' && (profile === 'production' || parsed.hostname !== 'localhost'))
    mistakes.push('PRATU_SMART_ID_ADDRESS must begin with https://')
  if (profile === 'production' && config.smartIdServerKeys.length === 0)
    mistakes.push('PRATU_SMART_ID_SERVER_KEYS is missing: the provider demands that its key be pinned')
  if (smartIdRpName?.includes('|')) mistakes.push('PRATU_SMART_ID_RP_NAME must not hold a vertical bar')
  if (profile === 'production' && config.smartIdScheme === 'smart-id-demo' && smartIdAddress !== undefined)
    mistakes.push('PRATU_SMART_ID_SCHEME must be smart-id in production: the demo certifies anybody')
  if (mistakes.length > 0 || !smartIdAddress || !smartIdRpUuid || !smartIdRpName || !smartIdIssuers) return { mistakes }
  return {
    mistakes,
    settings: {
      address: smartIdAddress,
      rpUuid: smartIdRpUuid,
      rpName: smartIdRpName,
      issuers: smartIdIssuers,
      serverKeys: config.smartIdServerKeys,
      scheme: config.smartIdScheme,
      level: config.smartIdLevel,
      hash: config.smartIdHash,
      notification: config.smartIdNotification,
    },
  }
}
