import type { Json } from '../../src/identity/json.ts'

// A clients file with nothing wrong in it, to be spoilt in one place per test.

export const SECRET = 'T3stOnly_aZ0-9xQ7wE2rT5yU8iO1pA4sD6fG3hJ9kL0z'

type Members = Record<string, Json>

export const purpose = { th: 'ยื่นภาษี', en: 'Filing a tax return', et: 'Maksude deklareerimine' }

export const agreement = (changes: Members = {}): Members => ({
  purpose,
  officer: 'Data protection office, 02 123 4567',
  valid_from: '2026-01-01',
  valid_to: '2028-12-31',
  claims: [
    {
      names: ['given_name', 'family_name', 'person_code', 'person_code_scheme'],
      ground: 'law',
      reference: { th: 'ประมวลรัษฎากร', en: 'Revenue Code', et: 'Maksuseadustik' },
    },
    { names: ['birthdate', 'locale'], ground: 'consent' },
  ],
  ...changes,
})

export const party = (changes: Members = {}): Members => ({
  client_id: 'tax-web',
  'client_name#th': 'ยื่นภาษีออนไลน์',
  'client_name#en': 'Tax online',
  'client_name#et': 'E-maks',
  redirect_uris: ['https://tax.example/callback'],
  post_logout_redirect_uris: ['https://tax.example/'],
  token_endpoint_auth_method: 'client_secret_basic',
  client_secret: SECRET,
  agreement: agreement(),
  ...changes,
})

export const agency = (changes: Members = {}): Members => ({
  id: 'revenue',
  name: { th: 'กรมสรรพากร', en: 'Revenue Department', et: 'Maksuamet' },
  officer: 'IT office, 02 765 4321',
  sector: 'revenue',
  relying_parties: [party()],
  ...changes,
})

export const clientsFile = (...agencies: Members[]): Members => ({
  agencies: agencies.length > 0 ? agencies : [agency()],
})

/** `count` agencies with one relying party each. */
export const manyAgencies = (count: number): Members =>
  clientsFile(
    ...Array.from({ length: count }, (_, n) =>
      agency({
        id: `agency-${n}`,
        sector: `sector-${n}`,
        relying_parties: [
          party({
            client_id: `client-${n}`,
            redirect_uris: [`https://a${n}.example/cb`],
            post_logout_redirect_uris: [],
          }),
        ],
      }),
    ),
  )
