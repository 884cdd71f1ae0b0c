import type { Json } from '../identity/json.ts'
import type { Words } from '../identity/language.ts'
import type { Person } from '../persons/person.ts'

// THE table of claims: what can be said about a person, under which name and scope, and how it is taken from the
// register. Discovery, the clients file, consent, the citizen's own page and the tokens read this table and nothing else.
// Standard names where they exist (OIDC Core §5.1). `sub` is not in it: it says only that it is the same person again.

/** What a citizen thinks of as one thing: a line on the consent page. */
export const GROUPS = {
  name: { th: 'ชื่อและนามสกุล', en: 'Name', et: 'Nimi' },
  latin_name: { th: 'ชื่อและนามสกุลอักษรโรมัน', en: 'Name in Latin letters', et: 'Nimi ladina tähtedega' },
  birth: { th: 'วันเกิด', en: 'Date of birth', et: 'Sünniaeg' },
  person_code: { th: 'เลขประจำตัวประชาชน', en: 'Person number', et: 'Isikukood' },
  standing: { th: 'สถานะบุคคล', en: 'Citizen or resident', et: 'Kodanik või elanik' },
  language: { th: 'ภาษาที่เลือก', en: 'Preferred language', et: 'Eelistatud keel' },
} as const satisfies Record<string, Words>
export type Group = keyof typeof GROUPS

interface Row {
  readonly scopes: readonly string[]
  readonly group: Group
  readonly label: Words
  /** `undefined` where the register does not know it. `at`: epoch milliseconds. */
  readonly take: (person: Person, at: number) => Json | undefined
}

const table = {
  name: {
    scopes: ['profile'],
    group: 'name',
    label: { th: 'ชื่อและนามสกุล', en: 'Full name', et: 'Täisnimi' },
    take: ({ names }) => joined(names.given, names.family),
  },
  given_name: {
    scopes: ['profile'],
    group: 'name',
    label: { th: 'ชื่อ', en: 'Given name', et: 'Eesnimi' },
    take: ({ names }) => names.given,
  },
  family_name: {
    scopes: ['profile'],
    group: 'name',
    label: { th: 'นามสกุล', en: 'Family name', et: 'Perekonnanimi' },
    take: ({ names }) => names.family,
  },
  name_latin: {
    scopes: ['latin_name'],
    group: 'latin_name',
    label: { th: 'ชื่อและนามสกุลอักษรโรมัน', en: 'Full name in Latin letters', et: 'Täisnimi ladina tähtedega' },
    take: ({ names }) => joined(names.givenLatin, names.familyLatin),
  },
  given_name_latin: {
    scopes: ['latin_name'],
    group: 'latin_name',
    label: { th: 'ชื่ออักษรโรมัน', en: 'Given name in Latin letters', et: 'Eesnimi ladina tähtedega' },
    take: ({ names }) => names.givenLatin,
  },
  family_name_latin: {
    scopes: ['latin_name'],
    group: 'latin_name',
    label: { th: 'นามสกุลอักษรโรมัน', en: 'Family name in Latin letters', et: 'Perekonnanimi ladina tähtedega' },
    take: ({ names }) => names.familyLatin,
  },
  birthdate: {
    scopes: ['profile', 'birthdate'],
    group: 'birth',
    label: { th: 'วันเกิด', en: 'Date of birth', et: 'Sünniaeg' },
    // OIDC Core §5.1 has YYYY-MM-DD and YYYY only: a known month without its day can't be said, and no day is invented.
    take: ({ birthDate }) => (birthDate === undefined || birthDate.length === 10 ? birthDate : birthDate.slice(0, 4)),
  },
  locale: {
    scopes: ['profile'],
    group: 'language',
    label: { th: 'ภาษาที่เลือก', en: 'Preferred language', et: 'Eelistatud keel' },
    take: ({ language }) => language,
  },
  person_code: {
    scopes: ['person_code'],
    group: 'person_code',
    label: { th: 'เลขประจำตัวประชาชน', en: 'Person number', et: 'Isikukood' },
    take: (person, at) => identifierInForce(person, at)?.code,
  },
  person_code_scheme: {
    scopes: ['person_code'],
    group: 'person_code',
    label: { th: 'ประเทศที่ออกเลข', en: 'Country of the person number', et: 'Isikukoodi riik' },
    take: (person, at) => identifierInForce(person, at)?.scheme,
  },
  person_kind: {
    scopes: ['person_kind'],
    group: 'standing',
    label: { th: 'สถานะบุคคล', en: 'Citizen, resident or e-resident', et: 'Kodanik, elanik või e-resident' },
    take: ({ kind }) => kind,
  },
} as const satisfies Record<string, Row>

export type ClaimName = keyof typeof table
export const CLAIMS: Readonly<Record<ClaimName, Row>> = table
export const CLAIM_NAMES = Object.keys(table) as readonly ClaimName[]
export const isClaimName = (name: string): name is ClaimName => Object.hasOwn(table, name)

/** Scope → the claims it asks for (OIDC Core §5.4), `openid` excepted. */
export const SCOPES: Readonly<Record<string, readonly ClaimName[]>> = claimsByScope()

function claimsByScope(): Record<string, ClaimName[]> {
  const found: Record<string, ClaimName[]> = {}
  for (const name of CLAIM_NAMES)
    for (const scope of CLAIMS[name].scopes) found[scope] = [...(found[scope] ?? []), name]
  return found
}

/** The groups that these claims belong to, in the table's order: the lines that a citizen reads. */
export function groupsOf(names: Iterable<ClaimName>): Group[] {
  const wanted = new Set(Array.from(names, (name) => CLAIMS[name].group))
  return (Object.keys(GROUPS) as Group[]).filter((group) => wanted.has(group))
}

const joined = (given: string | undefined, family: string | undefined): string | undefined =>
  [given, family].filter((part) => part !== undefined && part !== '').join(' ') || undefined

/** The first national identifier that is valid on the day (UTC): code and scheme always speak of the same one. */
function identifierInForce({ identifiers }: Person, at: number): Person['identifiers'][number] | undefined {
  const day = new Date(at).toISOString().slice(0, 10)
  return identifiers.find(({ validFrom, validTo }) => (validFrom ?? day) <= day && day <= (validTo ?? day))
}
