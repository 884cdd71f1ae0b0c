// What the settings of Mobile-ID mean together.

export interface MobileIdSettings {
  /** The provider's service, without a slash at the end. */
  readonly address: string
  readonly relyingParty: { readonly uuid: string; readonly name: string }
  /** The folder of the issuers of telephones' certificates. */
  readonly issuers: string
  /** base64 of the SHA-256 of a public key (SubjectPublicKeyInfo); of these the service must show one. */
  readonly serverKeys: readonly string[]
  /** Milliseconds between the number on the page and the telephone's ringing. */
  readonly lead: number
}

export interface Values {
  readonly profile: string | undefined
  readonly fetchAllow: readonly string[]
  readonly mobileIdUrl: string | undefined
  readonly mobileIdUuid: string | undefined
  readonly mobileIdName: string | undefined
  readonly mobileIdIssuers: string | undefined
  readonly mobileIdServerKeys: readonly string[]
  readonly mobileIdLead: number
}

/** @returns no `mobileId` where there is to be none; `mistakes`: one sentence each. */
export function readMobileId(values: Values): {
  readonly mobileId?: MobileIdSettings
  readonly mistakes: readonly string[]
} {
  const { mobileIdUrl: url, mobileIdUuid: uuid, mobileIdName: name, mobileIdIssuers: issuers } = values
  const { mobileIdServerKeys: serverKeys, mobileIdLead: lead } = values
  if ([url, uuid, name, issuers].every((value) => value === undefined) && serverKeys.length === 0)
    return { mistakes: [] }
  const at = url === undefined ? undefined : new URL(url)
  const plain = at?.protocol === 'http:'
  const near = at?.hostname === 'localhost' || values.fetchAllow.includes(at?.hostname ?? '')
  const production = values.profile === 'production'
  const demands: [boolean, string][] = [
    [url === undefined, 'PRATU_MOBILE_ID_URL is missing: Mobile-ID needs the address of its service'],
    [uuid === undefined, 'PRATU_MOBILE_ID_UUID is missing: the provider knows us by it'],
    [name === undefined, 'PRATU_MOBILE_ID_NAME is missing: the provider knows us by it'],
    [issuers === undefined, 'PRATU_MOBILE_ID_ISSUERS is missing: whose telephones are believed?'],
    [
      plain && (production || !near),
      'PRATU_MOBILE_ID_URL must begin with https:// (http only for localhost and the hosts of PRATU_FETCH_ALLOW, never in production)',
    ],
    [
      at !== undefined && !plain && production && serverKeys.length === 0,
      'PRATU_MOBILE_ID_SERVER_KEYS is missing: the provider demands that its key be pinned',
    ],
    [plain && serverKeys.length > 0, 'PRATU_MOBILE_ID_SERVER_KEYS: there is no key to compare at http://'],
  ]
  const mistakes = demands.filter(([broken]) => broken).map(([, words]) => words)
  if (mistakes.length > 0 || url === undefined || uuid === undefined || name === undefined || issuers === undefined)
    return { mistakes }
  const relyingParty = { uuid, name }
  return { mobileId: { address: url.replace(/\/+$/, ''), relyingParty, issuers, serverKeys, lead }, mistakes }
}
