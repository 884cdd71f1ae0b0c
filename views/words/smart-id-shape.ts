// What the words about Smart-ID must cover, the same in every language.
import type { TroubleCode } from '../../src/identity/trouble.ts'

export type SmartIdTrouble = Extract<TroubleCode, `PRT-18${string}`>
