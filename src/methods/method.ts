import type { Assurance } from '../identity/assurance.ts'
import type { MethodId, PersonKey } from '../identity/identifiers.ts'
import type { Json } from '../identity/json.ts'
import type { Language, Words } from '../identity/language.ts'
import type { Proof } from '../identity/proof.ts'
import type { TroubleCode } from '../identity/trouble.ts'
import type { Person } from '../persons/person.ts'
import type { Part, Writes } from '../platform/at-once.ts'
import type { Db } from '../platform/db.ts'

// The contract of a way to prove who you are: a small state machine without HTTP, so that the browser, the demo and the
// tests all drive the same thing. Methods are strangers to one another; the registry names each in one line.

/** Why a step did not lead on. `values` fill the citizen's words (tries left, seconds to wait, until when); never personal data. */
export interface Refusal {
  readonly code: TroubleCode
  /** The form field it belongs to, where there is one. */
  readonly field?: string
  readonly values?: Readonly<Record<string, string | number>>
  /** An operator's own words to the person (why cards like theirs are blocked). */
  readonly reason?: Words
}

/** What login writes down about a step that did not lead on. Never leaves login. */
export interface Note {
  /** Whom it was about, where that is known. */
  readonly person?: PersonKey
  /** Nothing was tried (a slip of the finger), or enough of the same is on record: no audit row. */
  readonly unrecorded?: true
  /** The exact reason, where the page's code says less on purpose; a word from the method's own table. */
  readonly because?: string
}

export type Step =
  /** Show this form; `trouble` says what was wrong with what was typed last. Typed values are kept by the edge. */
  | {
      readonly step: 'ask'
      readonly form: string
      /** What the page needs besides its words (a nonce to be signed); shown to whoever has the interaction's cookie. */
      readonly show?: Json
      readonly state: Json
      readonly trouble?: Refusal
      readonly note?: Note
    }
  /** Something happens elsewhere, on a telephone: show this page (a code, a picture) and come back at `again` (epoch milliseconds). */
  | { readonly step: 'wait'; readonly form: string; readonly show: Json; readonly again: number; readonly state: Json }
  | {
      readonly step: 'proved'
      readonly proof: Proof
      /**
       * `settle` and `settled` as parts of the one statement that lets the person in, for a method that has read their
       * entry in this very request. Where it can't be done, `settle` says why; where `may` wasn't, `settled` does it.
       */
      readonly atOnce?: Writes & { readonly known: Person; readonly when: Part }
      /**
       * What must become true in the transaction that lets the person in (the code is used up, the tries are forgotten).
       * A step instead of undefined: somebody else was faster, and this is where it goes on.
       */
      settle?(db: Db): Promise<Step | undefined>
      /** After that transaction was committed; losing it does no harm. */
      settled?(): Promise<void>
    }
  | { readonly step: 'refused'; readonly refusal: Refusal; readonly note?: Note }

export interface MethodInput {
  /** Form fields as typed, already limited in number and length by the edge. */
  readonly fields: Readonly<Record<string, string>>
  /** The client's address, for limits per source. Never stored in the clear. */
  readonly source: string
  /** The known-browser mark that came with the request, verified by login. */
  readonly browser?: string
  /** The least assurance that will do here: a method that can prove more asks for what that takes. */
  readonly need: Assurance
  /** The language of the page, for what is shown elsewhere (on a telephone). */
  readonly language: Language
  /** Where the person is going, as it is shown to them. */
  readonly towards: Words
  /** Where another device or app sends the browser back to this very step, absolute; carries nothing secret. */
  readonly back: string
}

/** What the script of a waiting page is told. */
export interface Look {
  /** Something has happened, or may have: the browser comes to the page, and `resume` says what. */
  readonly come: boolean
  /** What the page shows anew meanwhile (a picture that changes every second). */
  readonly show?: Json
  /** Milliseconds until the script asks again; two seconds unless said. */
  readonly next?: number
}

export interface Method {
  readonly id: MethodId
  /** The highest level it can prove. */
  readonly assurance: Assurance
  /** False while what it depends on does not answer; then it is shown and can't be chosen. Absent: always. */
  available?(): boolean
  /** What is told then to whoever asks for it all the same; absent: PRT-1106. */
  readonly away?: TroubleCode
  /** Another app or site sends people back to this one, by an address (`fields.returned`). Absent: nobody does, and of such an address nothing is handed on. */
  readonly returns?: true
  begin(input: MethodInput): Promise<Step>
  /** Whether what was kept is wanted for this form; otherwise `resume` gets null and the store isn't asked. Absent: always. */
  recalls?(fields: MethodInput['fields']): boolean
  /**
   * `state` is what the last step handed out, through JSON. A waiting page that is loaded, or loaded anew, comes without
   * any field: then it is only asked how things stand, and nobody's phone rings again.
   */
  resume(state: Json, input: MethodInput): Promise<Step>
  /**
   * What the form that `resume` has turned away has begun already, by its first click: where that stands, or undefined where
   * `state` (as in `look`) is nothing that this form asks for. Rings nobody. Absent: a second click can't meet its first.
   */
  begun?(state: Json, input: MethodInput): Step | undefined
  /**
   * How things stand, for a method that waits: asked every two seconds by every waiting page, so it asks nothing of anybody
   * but what this process knows, and at most one question of the sessions store. `state` is never null.
   */
  look?(state: Json): Promise<Look>
  /** The person goes another way. `state` as in `look`; what fails in here is nobody's concern. */
  abandon?(state: Json): Promise<void>
}
