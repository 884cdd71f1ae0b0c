import type { Certificate } from '../../formats/certificate.ts'
import { parsePersonId, type SchemeId } from '../../identity/person-id.ts'
import type { Issuer } from '../certificates/trust.ts'
import type { CardRefusalCode } from '../certificates/verdict.ts'

// What is read of a card's certificate: what it is for, under which policies, and whom it names. National profiles
// differ, so a rule here says what all of them have in common; what one alone has stands in its issuer's line.

const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2'
/** Mobile-ID of Estonia: the same people and CA as the card, a telephone's key. The list that Web eID's validators carry. */
const MOBILE = [
  '1.3.6.1.4.1.10015.1.3',
  '1.3.6.1.4.1.10015.1.3.1',
  '1.3.6.1.4.1.10015.1.3.2',
  '1.3.6.1.4.1.10015.1.3.3',
]
/** EID-Q and its kin: Mobile-ID since 2022, Smart-ID. Never on a card, and issued by CAs of their own. */
const TELEPHONES = ['1.3.6.1.4.1.10015.18.1', '1.3.6.1.4.1.10015.17.1', '1.3.6.1.4.1.10015.17.2']

/** Key usage must allow signing; an extended one, where there is any, must name it (Finland's and Luxembourg's have none). */
export function wrongPurpose({
  keyUsage,
  extendedKeyUsage,
  ca,
  unknownCritical,
}: Certificate): CardRefusalCode | undefined {
  if (ca || !keyUsage?.has('digitalSignature')) return 'wrong-usage'
  if (extendedKeyUsage && !extendedKeyUsage.includes(CLIENT_AUTH)) return 'wrong-usage'
  return unknownCritical.length > 0 ? 'unknown-extension' : undefined
}

export const mobilePolicy = ({ policies }: Certificate): boolean =>
  policies.some((policy) => MOBILE.includes(policy) || TELEPHONES.includes(policy))

export const allowedPolicy = ({ policies }: Certificate, { policies: allowed }: Issuer): boolean =>
  allowed === undefined || policies.some((policy) => allowed.includes(policy))

export interface Named {
  readonly scheme: SchemeId
  /** Canonical. */
  readonly code: string
}

export interface Holder {
  /** Whom the number may mean: usually one; several where it fits the codes of several schemes that the issuer serves. */
  readonly candidates: readonly [Named, ...Named[]]
  /** The subject's serialNumber, as it stands there. */
  readonly number: string
  readonly names: { readonly given?: string; readonly family?: string }
  readonly eResident: boolean
}

/** ETSI EN 319 412-1 §5.1.3: type, country, value. */
const SEMANTIC = /^(PNO|PAS|IDC|TIN|TAX)([A-Z]{2})-(.+)$/

/** @returns undefined where it names no person by a number of the issuer's schemes: an organisation, a passport, a stranger's country. */
export function holderOf({ subject, policies }: Certificate, { schemes, eResidents }: Issuer): Holder | undefined {
  const values = (type: string) => subject.flatMap((attribute) => (attribute.type === type ? [attribute.value] : []))
  const [given, family] = [values('GN').join(' '), values('SN').join(' ')]
  const [number, ...more] = values('serialNumber')
  // A seal or a server has neither name, whatever number it carries.
  if (number === undefined || more.length > 0 || (given === '' && family === '')) return undefined
  const [first, ...others] = candidatesFor(number, schemes)
  if (!first) return undefined
  return {
    candidates: [first, ...others],
    number,
    names: { ...(given !== '' && { given }), ...(family !== '' && { family }) },
    eResident: policies.some((policy) => eResidents.includes(policy)),
  }
}

function candidatesFor(number: string, schemes: readonly SchemeId[]): Named[] {
  const [, type, country, value = ''] = SEMANTIC.exec(number) ?? []
  if (type !== undefined && type !== 'PNO') return []
  const open = type === undefined ? schemes : schemes.filter((scheme) => scheme === country)
  return open.flatMap((scheme) => {
    const parsed = parsePersonId(scheme, type === undefined ? number : value)
    return parsed.ok ? [{ scheme, code: parsed.code }] : []
  })
}
