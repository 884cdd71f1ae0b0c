import { isIP } from 'node:net'
import type { Attribute, Certificate, NameForm } from '../../formats/certificate.ts'

type Constraints = NonNullable<Certificate['nameConstraints']>

/**
 * Whether a CA with these constraints may have issued `below` (RFC 5280 §4.2.1.10): every name of a constrained form must
 * lie within a permitted subtree of that form, and none within an excluded one. A form that can't be compared counts as
 * broken wherever it is constrained at all.
 */
export function withinConstraints({ permitted, excluded }: Constraints, below: Certificate): boolean {
  if ([...permitted, ...excluded].some(({ form }) => form === 'other')) return false
  return namesOf(below).every((name) => {
    const allowed = permitted.filter(({ form }) => form === name.form)
    if (allowed.length > 0 && !allowed.some((tree) => lies(name, tree))) return false
    return !excluded.some((tree) => tree.form === name.form && lies(name, tree))
  })
}

/** The subject, the alternative names, and addresses in the subject where the alternative names have none. */
function namesOf({ subject, alternativeNames }: Certificate): NameForm[] {
  const mails = alternativeNames.some(({ form }) => form === 'email')
    ? []
    : subject.flatMap(({ type, value }) => (type === 'emailAddress' ? [{ form: 'email' as const, text: value }] : []))
  const own = subject.length > 0 ? [{ form: 'directory' as const, name: subject }] : []
  return [...own, ...alternativeNames, ...mails]
}

function lies(name: NameForm, tree: NameForm): boolean {
  if (name.form === 'directory' && tree.form === 'directory') return tree.name.every(same(name.name))
  if (name.form === 'other' || tree.form === 'other' || name.form === 'directory' || tree.form === 'directory')
    return false
  // Some CAs write the empty tree, which is everything, as two quotation marks.
  const [text, base] = [name.text.toLowerCase(), tree.text.toLowerCase().replaceAll('"', '')]
  if (base === '' && name.form !== 'ip') return true
  switch (name.form) {
    case 'email':
      return base.includes('@') ? text === base : hostWithin(text.slice(text.lastIndexOf('@') + 1), base, false)
    case 'uri':
      return hostWithin(URL.parse(text)?.hostname ?? '', base, false)
    case 'dns':
      return hostWithin(text, base, true)
    case 'ip':
      return addressWithin(text, base)
  }
}

const plain = (text: string): string => text.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase()
const same =
  (name: readonly Attribute[]) =>
  ({ type, value }: Attribute, at: number): boolean =>
    name[at]?.type === type && plain(name[at].value) === plain(value)

/** `.example.org`: below it; `example.org`: that host, and for DNS names also what lies below. */
function hostWithin(host: string, base: string, below: boolean): boolean {
  if (base.startsWith('.')) return host.endsWith(base)
  return host === base || (below && host.endsWith(`.${base}`))
}

/** `base`: address and prefix length or mask, as in `10.0.0.0/8`. */
function addressWithin(address: string, base: string): boolean {
  const [network = '', bits = ''] = base.split('/')
  const family = isIP(network)
  if (family === 0 || family !== isIP(address)) return false
  const [left, right] = [bytesOf(address, family), bytesOf(network, family)]
  const mask = isIP(bits) === family ? bytesOf(bits, family) : maskOf(Number(bits), left.length)
  return left.every((byte, at) => (byte & mask[at]!) === (right[at]! & mask[at]!))
}

const maskOf = (bits: number, length: number): number[] =>
  Array.from({ length }, (_, at) => 0xff & ~(0xff >> Math.min(8, Math.max(0, bits - 8 * at))))

function bytesOf(address: string, family: number): number[] {
  if (family === 4) return address.split('.').map(Number)
  const [left = '', right] = address.split('::')
  const groups = (text: string | undefined) => (text ? text.split(':') : [])
  const [before, after] = [groups(left), groups(right)]
  const gap = right === undefined ? [] : Array.from({ length: 8 - before.length - after.length }, () => '0')
  return [...before, ...gap, ...after].flatMap((group) => {
    const value = Number.parseInt(group, 16)
    return [value >> 8, value & 0xff]
  })
}
