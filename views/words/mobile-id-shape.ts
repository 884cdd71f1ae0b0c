import type { TroubleCode } from '../../src/identity/trouble.ts'

/** Why Mobile-ID did not lead on. */
export type MobileIdTrouble = Extract<TroubleCode, `PRT-17${string}`>
