import type { Refusal } from './method.ts'

// What a method that rings somebody's phone needs: whoever knows a person code must not be able to ring without end, nor
// until somebody confirms to have their peace. Login's prompts fulfil it, in SQL and over all nodes; compose hands it over.

export interface Ringing {
  /** Whose phone: `scheme|code`, whether or not the register knows it, or a telephone number. */
  readonly subject: string
  /** The client's address. */
  readonly source: string
}

export type Rung =
  /** The phone may ring; `prompt` is for `end`. */
  | { readonly ok: true; readonly prompt: string }
  /** It must not: PRT-2401 to 2403, or PRT-1005 for the source, with `seconds` and `until`. `onRecord`: enough like it were audited already. */
  | { readonly ok: false; readonly refusal: Refusal; readonly onRecord: boolean }

export interface Prompts {
  /** Before the phone rings. Counted in a commit of its own: a crash afterwards gives nothing back. */
  begin(ringing: Ringing): Promise<Rung>
  /**
   * The phone is quiet again, whoever still looks at the page: called where the provider's last word is heard.
   * `answered`: they confirmed, so it was no nuisance and doesn't count. `refused`: they said no. `gone`: neither.
   * Without it the phone counts as ringing until the provider's longest time is over. Never fails a sign-in.
   */
  end(prompt: string, how: 'answered' | 'refused' | 'gone'): Promise<void>
}
