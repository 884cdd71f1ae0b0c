import { folder, type Kind, list, text, url, type Values, whole } from '../../platform/settings.ts'

// The settings of Mobile-ID, and what they mean together: none of the four that say whose service it is, or all of them.

const uuid: Kind<string> = {
  called: 'a UUID',
  read(value) {
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value)) throw new Error('must be a UUID')
    // The provider compares it to the letter, and has it in small ones.
    return value.toLowerCase()
  },
}

const serverKey: Kind<string> = {
  called: 'the base64 of a SHA-256',
  read(value) {
    if (!/^[A-Za-z0-9+/]{43}=$/.test(value)) throw new Error('must hold the SHA-256 of public keys, base64')
    return value
  },
}

export const MOBILE_ID_SETTINGS = {
  mobileIdAddress: {
    kind: url('https', 'http'),
    says: "Mobile-ID: the provider's service, https://mid.sk.ee/mid-api or https://tsp.demo.sk.ee/mid-api.",
    absent: 'Mobile-ID is not offered',
  },
  mobileIdRpUuid: {
    kind: uuid,
    says: 'Mobile-ID: who we are there, as the contract says.',
    absent: 'demanded with PRATU_MOBILE_ID_ADDRESS',
  },
  mobileIdRpName: {
    kind: text,
    says: 'Mobile-ID: our name there; people see it on their telephone.',
    absent: 'demanded with PRATU_MOBILE_ID_ADDRESS',
  },
  mobileIdIssuers: {
    kind: folder,
    says: 'Mobile-ID: the folder of the CAs that certify its people, with an issuers.txt like that of cards.',
    absent: 'demanded with PRATU_MOBILE_ID_ADDRESS',
  },
  mobileIdServerKeys: {
    kind: list(serverKey),
    says: "Mobile-ID: the SHA-256 of the keys that its server may show (SubjectPublicKeyInfo); today's and the next.",
    absent: 'demanded in production',
    fallback: [],
  },
  mobileIdLead: {
    kind: whole(0, 10_000),
    says: 'Mobile-ID: for how many milliseconds the page shows its number before the telephone rings.',
    absent: '2000',
    fallback: 2_000,
  },
} as const

/** The telephone gives its holder two minutes; the rest is for the way there. Milliseconds. */
export const CALL_LIFE = 150_000
/** One allowance for each person, Smart-ID's included. */
export const MOBILE_ID_BELL = { shared: 'telephone', life: CALL_LIFE } as const

export interface MobileIdSettings {
  readonly address: string
  readonly relyingParty: { readonly uuid: string; readonly name: string }
  /** As it was written; not yet resolved. */
  readonly issuers: string
  /** base64; empty: any key with a right certificate. */
  readonly serverKeys: readonly string[]
  /** Milliseconds. */
  readonly lead: number
}

/** @returns no settings where it is not to be offered; `mistakes`: one sentence each. */
export function readMobileId(
  config: Values<typeof MOBILE_ID_SETTINGS>,
  profile: string | undefined,
): { readonly settings?: MobileIdSettings; readonly mistakes: readonly string[] } {
  const { mobileIdAddress: address, mobileIdRpUuid: uuid, mobileIdRpName: name, mobileIdIssuers: issuers } = config
  const { mobileIdServerKeys: serverKeys, mobileIdLead: lead } = config
  const given = { ADDRESS: address, RP_UUID: uuid, RP_NAME: name, ISSUERS: issuers }
  if (Object.values(given).every((value) => value === undefined)) return { mistakes: [] }
  const mistakes = Object.entries(given)
    .filter(([, value]) => value === undefined)
    .map(
      ([what]) => `PRATU_MOBILE_ID_${what} is missing: Mobile-ID needs all four of ADDRESS, RP_UUID, RP_NAME, ISSUERS`,
    )
  const parsed = address === undefined ? null : URL.parse(address)
  if (parsed?.search || parsed?.hash || address?.endsWith('/'))
    mistakes.push('PRATU_MOBILE_ID_ADDRESS must end as in https://mid.sk.ee/mid-api')
  if (parsed?.protocol === 'http:' && (profile === 'production' || parsed.hostname !== 'localhost'))
    mistakes.push('PRATU_MOBILE_ID_ADDRESS must begin with https://')
  if (parsed?.protocol === 'http:' && serverKeys.length > 0)
    mistakes.push('PRATU_MOBILE_ID_SERVER_KEYS: there is no key to compare at http://')
  if (profile === 'production' && serverKeys.length === 0)
    mistakes.push('PRATU_MOBILE_ID_SERVER_KEYS is missing: the provider demands that its key be pinned')
  if (mistakes.length > 0 || !address || !uuid || !name || !issuers) return { mistakes }
  return { mistakes, settings: { address, relyingParty: { uuid, name }, issuers, serverKeys, lead } }
}
