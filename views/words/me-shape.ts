// What the words of the citizen's own page must cover, the same in every language.
import type { TroubleCode } from '../../src/identity/trouble.ts'

export type MeTrouble = Extract<TroubleCode, 'PRT-1107' | `PRT-222${string}`>
