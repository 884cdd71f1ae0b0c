import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Certificate, readCertificate } from '../../formats/certificate.ts'
import { type Assurance, isAssurance } from '../../identity/assurance.ts'
import { isScheme, SCHEME_IDS, type SchemeId } from '../../identity/person-id.ts'
import { brokenChain, nameOf } from './path.ts'
import type { Issuer, Responder } from './trust.ts'

// The configured issuers: a folder with CA certificates and `issuers.txt`, a line for each issuer:
//
//   esteid2018 ca=ESTEID2018.cer,EE-GovCA2018.cer schemes=EE assurance=high ocsp=http://aia.sk.ee/esteid2018
//
// Words are separated by spaces, lists by commas; `#` begins a remark. Every mistake of the folder is reported at once.

export const ISSUERS_FILE = 'issuers.txt'

/** One line each. */
export class IssuerMistakes extends Error {
  readonly mistakes: readonly string[]
  constructor(folder: string, mistakes: readonly string[]) {
    super([`The issuers of cards in ${folder} are not usable:`, ...mistakes.map((line) => `  ${line}`)].join('\n'))
    this.mistakes = mistakes
  }
}

/** @throws IssuerMistakes naming all of them. */
export function readIssuers(folder: string): readonly Issuer[] {
  const file = join(folder, ISSUERS_FILE)
  if (!existsSync(file)) throw new IssuerMistakes(folder, [`there is no ${ISSUERS_FILE}`])
  const mistakes: string[] = []
  const issuers: Issuer[] = []
  for (const [at, line] of readFileSync(file, 'utf8').split(/\r?\n/).entries()) {
    const words = line
      .replace(/(^|\s)#.*$/, '')
      .split(/\s+/)
      .filter(Boolean)
    if (words.length === 0) continue
    const { issuer, problems } = readLine(words, (name) => load(folder, name))
    mistakes.push(...problems.map((problem) => `${ISSUERS_FILE}:${at + 1} ${problem}`))
    if (issuer) issuers.push(issuer)
  }
  mistakes.push(...doubled(issuers))
  if (issuers.length === 0 && mistakes.length === 0) mistakes.push(`${ISSUERS_FILE} names no issuer`)
  if (mistakes.length > 0) throw new IssuerMistakes(folder, mistakes)
  return issuers
}

/** An issuer for one question of the help desk: anchors from the command line, the schemes of its country, nothing pinned. */
export function issuerOf(certificate: Certificate, above: readonly Certificate[]): Issuer {
  const country = certificate.subject.find(({ type }) => type === 'C')?.value
  const ofCountry = SCHEME_IDS.filter((scheme) => scheme.slice(0, 2) === country)
  return {
    id: 'given',
    certificate,
    chain: [certificate, ...above],
    schemes: ofCountry.length > 0 ? ofCountry : SCHEME_IDS,
    eResidents: [],
    assurance: 'high',
    ocsp: [],
    test: false,
  }
}

const LARGEST = 64 * 1024
const ID = /^[a-z0-9][a-z0-9-]{0,39}$/
const OID = /^[0-2](\.\d+)+$/
const KEYS = ['ca', 'schemes', 'assurance', 'policies', 'e-residents', 'ocsp', 'crl', 'test']
/** Word by which test CAs call themselves; forgetting `test` beside one would let anybody in. */
const TEST_NAME = /\b(test|demo|specimen)\b/i

type Load = (name: string) => Certificate | string

function load(folder: string, name: string): Certificate | string {
  if (!/^[\w.() -]+$/.test(name) || name.startsWith('.')) return `${name} is not the name of a file in the folder`
  const path = join(folder, name)
  if (!existsSync(path) || !statSync(path).isFile()) return `${name} is not in the folder`
  if (statSync(path).size > LARGEST) return `${name} is too large for a certificate`
  return readCertificate(readFileSync(path)) ?? `${name} is not one certificate (DER or PEM)`
}

function readLine(words: readonly string[], find: Load): { issuer?: Issuer; problems: string[] } {
  const problems: string[] = []
  const wrong = (problem: string): undefined => void problems.push(problem)
  const [id = '', ...rest] = words
  if (!ID.test(id)) wrong(`begins with ${JSON.stringify(id)}: a name of small letters, digits and hyphens`)
  const pairs = rest.map((word) => split(word, '='))
  for (const [key, value] of pairs) {
    if (!KEYS.includes(key)) wrong(`${JSON.stringify(key)} is not known: ${KEYS.join(', ')}`)
    else if (!value !== (key === 'test')) wrong(key === 'test' ? 'test takes no value' : `${key} has no value`)
    else if (key !== 'ocsp' && pairs.filter(([other]) => other === key).length > 1) wrong(`${key} stands twice`)
  }
  const value = (key: string) => pairs.find(([other]) => other === key)?.[1]
  const list = (key: string) => value(key)?.split(',').filter(Boolean)
  const oids = (key: string): readonly string[] | undefined => {
    const found = list(key)
    for (const oid of found ?? []) if (!OID.test(oid)) wrong(`${key}: ${oid} is not an OID`)
    return found
  }

  const chain = certificates(list('ca') ?? [], find, wrong)
  const schemes = schemesIn(list('schemes'), wrong)
  const assurance = assuranceIn(value('assurance'), wrong)
  const policies = oids('policies')
  const eResidents = oids('e-residents') ?? []
  const ocsp = pairs.flatMap(([key, text]) => (key === 'ocsp' && text ? (responderIn(text, find, wrong) ?? []) : []))
  const crl = value('crl')
  if (crl !== undefined && !isWebAddress(crl)) wrong(`crl: ${crl} is not an address`)
  const test = pairs.some(([key]) => key === 'test')
  const [certificate] = chain ?? []
  if (certificate && !test && TEST_NAME.test(nameOf(certificate)))
    wrong(`${nameOf(certificate)} calls itself a test CA: add the word test, and production will refuse its cards`)
  if (problems.length > 0 || !chain || !certificate || !schemes || !assurance) return { problems }
  const issuer = { id, certificate, chain, schemes, eResidents, assurance, ocsp, test }
  return { issuer: { ...issuer, ...(policies && { policies }), ...(crl !== undefined && { crl }) }, problems }
}

type Wrong = (problem: string) => undefined

function certificates(names: readonly string[], find: Load, wrong: Wrong): Certificate[] | undefined {
  if (names.length === 0)
    return wrong('ca is missing: the certificate of the issuing CA, then its root where one is to be checked')
  const found = names.flatMap((name) => {
    const certificate = find(name)
    return typeof certificate === 'string' ? (wrong(certificate) ?? []) : certificate
  })
  if (found.length < names.length) return undefined
  const broken = brokenChain(found)
  return broken === undefined ? found : wrong(`ca: ${broken}`)
}

function schemesIn(names: readonly string[] | undefined, wrong: Wrong): SchemeId[] | undefined {
  if (!names) return wrong(`schemes is missing: which of ${SCHEME_IDS.join(', ')} its cards name people by`)
  const known = names.filter(isScheme)
  for (const name of names) if (!isScheme(name)) wrong(`schemes: ${name} is not one of ${SCHEME_IDS.join(', ')}`)
  return known.length === names.length ? known : undefined
}

function assuranceIn(text: string | undefined, wrong: Wrong): Assurance | undefined {
  if (isAssurance(text)) return text
  return wrong(
    text === undefined ? 'assurance is missing: low, substantial or high' : `assurance: ${text} is not a level`,
  )
}

/** `URL`, then after bars: `no-nonce`, `responder=FILE`, `age=SECONDS`. */
function responderIn(text: string, find: Load, wrong: Wrong): Responder | undefined {
  const [url = '', ...options] = text.split('|')
  if (!isWebAddress(url)) return wrong(`ocsp: ${url} is not an address`)
  let nonce = true
  let responder: Certificate | undefined
  let age: number | undefined
  for (const option of options) {
    const [key, value] = split(option, '=')
    if (option === 'no-nonce') nonce = false
    else if (key === 'age' && /^[1-9]\d{1,5}$/.test(value ?? '')) age = Number(value) * 1_000
    else if (key === 'responder' && value !== undefined) {
      const found = find(value)
      if (typeof found === 'string') wrong(found)
      else responder = found
    } else wrong(`ocsp: ${JSON.stringify(option)} is not known: no-nonce, responder=FILE, age=SECONDS`)
  }
  if (age !== undefined && nonce) wrong('ocsp: age goes with no-nonce: an answer with our nonce is new')
  return { url, nonce, ...(responder && { responder }), ...(age !== undefined && { age }) }
}

const isWebAddress = (text: string): boolean => ['http:', 'https:'].includes(URL.parse(text)?.protocol ?? '')

function split(text: string, sign: string): [string, string | undefined] {
  const at = text.indexOf(sign)
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}

function doubled(issuers: readonly Issuer[]): string[] {
  return issuers.flatMap(({ id, certificate }, at) => {
    const earlier = issuers.slice(0, at)
    if (earlier.some((other) => other.id === id)) return [`the name ${id} stands twice`]
    const same = earlier.find((other) => other.certificate.der.equals(certificate.der))
    return same ? [`${id} and ${same.id} have the same certificate`] : []
  })
}
