import type { Assurance } from '../identity/assurance.ts'
import type { MethodId } from '../identity/identifiers.ts'
import type { Json } from '../identity/json.ts'
import type { Proof } from '../identity/proof.ts'
import type { TroubleCode } from '../identity/trouble.ts'

// The contract of a way to prove who you are: a small state machine without HTTP, so that the browser, the demo and the
// tests all drive the same thing. Methods are strangers to one another; the registry names each in one line.

/** Why a step did not lead on. `values` fill the citizen's words (tries left, seconds to wait, until when); never personal data. */
export interface Refusal {
  readonly code: TroubleCode
  /** The form field it belongs to, where there is one. */
  readonly field?: string
  readonly values?: Readonly<Record<string, string | number>>
}

export type Step =
  /** Show this form; `trouble` says what was wrong with what was typed last. Typed values are kept by the edge. */
  | { readonly step: 'ask'; readonly form: string; readonly state: Json; readonly trouble?: Refusal }
  /** Show this code and come back at `again` (epoch milliseconds). */
  | { readonly step: 'wait'; readonly show: string; readonly again: number; readonly state: Json }
  | { readonly step: 'proved'; readonly proof: Proof }
  | { readonly step: 'refused'; readonly refusal: Refusal }

export interface MethodInput {
  /** Form fields as typed, already limited in number and length by the edge. */
  readonly fields: Readonly<Record<string, string>>
  /** The client's address, for limits per source. Never stored in the clear. */
  readonly source: string
  /** The known-browser mark that came with the request, verified by login. */
  readonly browser?: string
}

export interface Method {
  readonly id: MethodId
  /** The highest level it can prove. */
  readonly assurance: Assurance
  begin(input: MethodInput): Promise<Step>
  /** `state` is what the last step handed out, through JSON. */
  resume(state: Json, input: MethodInput): Promise<Step>
}
