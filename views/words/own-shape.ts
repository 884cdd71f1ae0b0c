// What the words of a citizen's history and all that goes with it must cover, the same in every language.
import type { TroubleCode } from '../../src/identity/trouble.ts'

export type OwnTrouble = Extract<TroubleCode, `PRT-223${string}`>
