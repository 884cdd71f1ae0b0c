import { hash } from 'node:crypto'
import { parsePersonId } from '../../src/identity/person-id.ts'
import type { Method, Step } from '../../src/methods/method.ts'

// A means of `high` without anything around it, in the place of Mobile-ID: who types the right word is believed.

export const SURE_CODE = '000000'

export function sureMethod(): Method {
  const ask = (): Step => ({ step: 'ask', form: 'totp', state: null })
  return {
    id: 'mobile-id',
    assurance: 'high',
    begin: async () => ask(),
    async resume(_state, { fields }) {
      const parsed = parsePersonId(fields.scheme ?? 'TH', fields.person_code ?? '')
      if (!parsed.ok || fields.code !== SURE_CODE) return ask()
      return {
        step: 'proved',
        proof: {
          method: 'mobile-id',
          scheme: fields.scheme ?? 'TH',
          code: parsed.code,
          assurance: 'high',
          amr: ['sc'],
          evidence: hash('sha256', 'sure', 'base64url'),
        },
      }
    },
  }
}
