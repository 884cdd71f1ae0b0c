import type { Failure, Level } from '../../methods/smart-id/wire.ts'
import type { Account } from './accounts.ts'

// The provider's published test accounts (its documentation's page "Test accounts"), with what it says becomes of each: as
// at the provider's own demo, nobody has to press anything for them.

export interface Published extends Account {
  /** Absent: confirms. */
  readonly ends?: Failure
  /** Of USER_REFUSED_INTERACTION. */
  readonly interaction?: string
}

interface Line {
  readonly documents: string
  readonly ends?: Failure
  readonly interaction?: string
}

const LINES: readonly Line[] = [
  { documents: 'PNOEE-40404040009-MOCK-Q PNOLT-40404040009-MOCK-Q PNOLV-040404-10003-DEMO-Q PNOBE-04040400287-MOCK-Q' },
  {
    documents:
      'PNOEE-61101019999-MOCK-Q PNOLT-61101019999-MOCK-Q PNOLV-010111-22341-MOCK-Q PNOLV-320000-00008-DEMO-Q PNOBE-11010199815-MOCK-Q',
  },
  { documents: 'PNOLT-61101019988-MOCK-NQ PNOLV-020211-12351-MOCK-NQ' },
  {
    documents:
      'PNOEE-40504040001-DEM0-Q PNOLT-40504040001-MOCK-Q PNOLV-050405-10009-DEM0-Q PNOLV-320000-10003-DEMO-Q PNOBE-05040400032-DEMO-Q',
  },
  { documents: 'PNOLT-40504049999-MOCK-NQ PNOLV-050404-19993-DEMO-NQ' },
  { documents: 'PNOEE-50001029996-DEMO-Q PNOLT-50001029996-DEMO-Q PNOLV-020100-29990-MOCK-Q PNOBE-00010299944-MOCK-Q' },
  { documents: 'PNOLT-30303039914-MOCK-Q' },
  { documents: 'PNOEE-39901012239-MOCK-Q PNOLT-39901012239-DEMO-Q PNOLV-030303-10215-MOCK-Q PNOBE-99010199987-DEMO-Q' },
  {
    documents: 'PNOEE-61101012257-MOCK-Q PNOLT-61101012257-MOCK-Q PNOLV-010111-23474-DEME-Q PNOLV-320000-00032-DEMO-Q',
  },
  { documents: 'PNOLV-030303-10004-MOCK-Q PNOLV-040404-19999-MOCK-Q PNOLV-040404-19980-MOCK-Q' },
  { documents: 'PNOLV-311299-19993-MOCK-Q PNOLV-329999-99901-MOCK-Q PNOLV-329999-99709-MOCK-Q' },
  { documents: 'PNOLT-49912318881-MOCK-NQ PNOLV-311299-18886-MOCK-NQ' },
  {
    documents: 'PNOEE-30403039917-MOCK-Q PNOLT-30403039917-MOCK-Q PNOLV-030403-10016-MOCK-Q PNOBE-00010238349-MOCK-Q',
    ends: 'USER_REFUSED',
  },
  {
    documents: 'PNOEE-30403039928-MOCK-Q PNOLT-30403039928-MOCK-Q PNOLV-030403-10024-MOCK-Q PNOBE-00010267350-MOCK-Q',
    ends: 'USER_REFUSED_INTERACTION',
    interaction: 'displayTextAndPIN',
  },
  {
    documents: 'PNOEE-30403039939-MOCK-Q PNOLT-30403039939-MOCK-Q PNOLV-030403-10032-MOCK-Q PNOBE-00010266756-MOCK-Q',
    ends: 'USER_REFUSED_INTERACTION',
    interaction: 'verificationCodeChoice',
  },
  {
    documents: 'PNOEE-30403039946-MOCK-Q PNOLT-30403039946-MOCK-Q PNOLV-030403-10040-MOCK-Q PNOBE-00010232708-MOCK-Q',
    ends: 'USER_REFUSED_INTERACTION',
    interaction: 'confirmationMessage',
  },
  {
    documents: 'PNOEE-30403039950-MOCK-Q PNOLT-30403039950-MOCK-Q PNOLV-030403-10059-MOCK-Q PNOBE-00010211724-MOCK-Q',
    ends: 'USER_REFUSED_INTERACTION',
    interaction: 'confirmationMessageAndVerificationCodeChoice',
  },
  {
    documents: 'PNOEE-30403039972-MOCK-Q PNOLT-30403039972-MOCK-Q PNOLV-030403-10075-MOCK-Q PNOBE-00010216276-MOCK-Q',
    ends: 'WRONG_VC',
  },
  {
    documents: 'PNOEE-30403039983-MOCK-Q PNOLT-30403039983-MOCK-Q PNOLV-030403-10083-MOCK-Q PNOBE-00010220335-MOCK-Q',
    ends: 'TIMEOUT',
  },
]

export const PUBLISHED: readonly Published[] = LINES.flatMap(({ documents, ...outcome }) =>
  documents.split(' ').map((document) => {
    const [, scheme = '', code = '', quality] = /^PNO([A-Z]{2})-(.+)-\w{4}-(N?Q)$/.exec(document) ?? []
    const level: Level = quality === 'NQ' ? 'ADVANCED' : 'QUALIFIED'
    return { document, scheme, code, given: 'TEST', family: 'NUMBER', level, ...outcome }
  }),
)
