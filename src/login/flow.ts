import type { Entry } from '../audit/entry.ts'
import type { AuditLog } from '../audit/log.ts'
import { type Assurance, atLeast } from '../identity/assurance.ts'
import type { ClientId, InteractionId, MethodId, PersonKey, RequestId } from '../identity/identifiers.ts'
import type { Json } from '../identity/json.ts'
import type { Language, Words } from '../identity/language.ts'
import type { Proof } from '../identity/proof.ts'
import { Problem, type TroubleCode } from '../identity/trouble.ts'
import type { Look, Method, MethodInput, Note, Refusal, Step } from '../methods/method.ts'
import { isBlocked } from '../persons/blocks.ts'
import type { Notices } from '../persons/notices.ts'
import type { Person, Persons } from '../persons/person.ts'
import { atOnce, type Part } from '../platform/at-once.ts'
import type { Clock } from '../platform/clock.ts'
import { type Db, transaction } from '../platform/db.ts'
import type { Attempts } from './attempt.ts'
import type { FirstStrong } from './first-strong.ts'
import type { KnownBrowsers } from './known-browser.ts'
import { sameNames } from './names.ts'
import { away, type Choice, choicesFor, type Requirements, unfit } from './requirements.ts'
import { openSecondClicks } from './second-click.ts'
import { asDetail, type Seen } from './seen.ts'
import { standingOf } from './standing.ts'
import type { Switches } from './switches.ts'

// The login chapter: from "somebody must sign in" to "this person, this surely". Owns which methods will do, what is
// kept of an attempt, the throttle, and the moment of recognition: the proof is settled, the person found, the entry
// audited in one transaction, or nobody is in. Doesn't speak HTTP (web/login does) and doesn't know sessions (oidc does).

/** One request of a sign-in, as the edge knows it. */
export interface Visit extends Requirements {
  readonly interaction: InteractionId
  readonly client: ClientId
  readonly request: RequestId
  /** The client's address. */
  readonly source: string
  /** The known-browser mark from the cookie, as it came. */
  readonly browser?: string | undefined
  /** The language of the page. */
  readonly language: Language
  /** The relying party's name. */
  readonly towards: Words
  /** The interaction's own address, absolute. */
  readonly address: string
  /** The browser and the city: for the person to know this sign-in again by. */
  readonly seen?: Seen | undefined
  /** Who is signed in in this browser already; another's proof is refused then (PRT-1010). */
  readonly signedInAs?: PersonKey | undefined
  /**
   * Asked when a right proof is about to let somebody in: what is to be written by the same statement, all of it or nothing.
   * Not asked where that takes more than one statement. Never throws.
   */
  readonly along?: ((who: SignedIn) => Promise<Along | undefined>) | undefined
}

export interface Along {
  readonly parts: readonly Part[]
  /** It came to nothing, or nobody knows whether: what was made ready elsewhere is taken back. Never throws. */
  undo(): Promise<void>
}

export interface SignedIn {
  readonly step: 'signed-in'
  readonly person: PersonKey
  /** Their entry in the register, as the proof was settled. */
  readonly known: Person
  readonly acr: Assurance
  /** RFC 8176 values, then the method's id. */
  readonly amr: readonly string[]
  /** `auth_time`, epoch seconds. */
  readonly at: number
  /** The new mark for the cookie, to live for MARK_LIFE seconds. */
  readonly knownBrowser: string
}

export type Outcome =
  /** `show`: what the page needs besides its words. */
  | { readonly step: 'ask'; readonly form: string; readonly show?: Json; readonly trouble?: Refusal }
  /** `again`: epoch milliseconds. */
  | { readonly step: 'wait'; readonly form: string; readonly show: Json; readonly again: number }
  | SignedIn
  | { readonly step: 'refused'; readonly refusal: Refusal }

export interface Flow {
  /** Every method with whether it will do, in order. */
  choices(requirements: Requirements & Pick<Visit, 'client'>): readonly Choice[]
  /**
   * A method that an operator has switched off meanwhile is refused with PRT-1104 and their words, at any step.
   * @throws Problem PRT-1104, PRT-1103, or the method's own while it is away, for one that is no usable choice; PRT-1004
   * for none of ours.
   */
  begin(visit: Visit, method: string): Promise<Outcome>
  /** As `begin`. `fields`: the form as typed. */
  submit(visit: Visit, method: string, fields: Readonly<Record<string, string>>): Promise<Outcome>
  /** For the script of a waiting page, as cheap as it gets: what is over or none of ours says `come`. */
  look(interaction: InteractionId, method: string): Promise<Look>
  /** The person goes another way than the one that was begun: what goes on elsewhere is let go. Never fails. */
  abandon(interaction: InteractionId, method: string): Promise<void>
  /** Requests that wait for what another of the same sign-in has begun, and for nothing of ours. */
  waiting(): number
}

export interface Needs {
  readonly db: Db
  readonly methods: readonly Method[]
  readonly persons: Pick<Persons, 'find' | 'unchanged'>
  readonly attempts: Attempts
  readonly knownBrowsers: KnownBrowsers
  readonly switches: Pick<Switches, 'off'>
  readonly firstStrong: FirstStrong
  readonly notices: Pick<Notices, 'parts'>
  readonly audit: Pick<AuditLog, 'append' | 'parts'>
  readonly clock: Clock
}

export function openFlow(needs: Needs): Flow {
  const { db, methods, persons, attempts, knownBrowsers, switches, firstStrong, notices, audit, clock } = needs
  const secondClicks = openSecondClicks(attempts)

  function chosen(visit: Visit, id: string): Method {
    const method = methods.find((candidate) => candidate.id === id)
    if (!method) throw new Problem('PRT-1004')
    const why = unfit(method, visit)
    if (why) throw new Problem(why.because)
    return method
  }

  /** What is told in place of a step, while the method is switched off. */
  function switchedOff({ client }: Visit, { id }: Method): Refusal | undefined {
    const off = switches.off(id, client)
    return off && { code: 'PRT-1104', ...(off.reason && { reason: off.reason }) }
  }

  async function goOn(visit: Visit, method: Method, step: Step, had: Json): Promise<Outcome> {
    switch (step.step) {
      case 'ask': {
        await attempts.keep(visit.interaction, method.id, step.state, had)
        const form = { step: 'ask', form: step.form, ...(step.show !== undefined && { show: step.show }) } as const
        if (!step.trouble) return form
        await recordRefusal(db, visit, method.id, step.trouble.code, step.note)
        return { ...form, trouble: step.trouble }
      }
      case 'wait':
        // A page that only looks writes nothing: it would undo what another tab of this browser has just brought.
        if (step.state !== had) await keepWaiting(visit, method, step.state, had)
        return { step: 'wait', form: step.form, show: step.show, again: step.again }
      case 'refused':
        await attempts.forget(visit.interaction, had)
        await recordRefusal(db, visit, method.id, step.refusal.code, step.note)
        return { step: 'refused', refusal: step.refusal }
      case 'proved': {
        const outcome = await letIn(visit, method, step).catch((error: unknown) => {
          // A right proof and a fault of ours: not one of the source's failures. Nobody waits for it, for the answer is due.
          step.settled?.().catch(() => undefined)
          throw error
        })
        if ('elsewhere' in outcome) return goOn(visit, method, outcome.elsewhere, had)
        // They are in, and it is on record: what fails after that must not ask them for another code.
        if (!outcome.settled) await step.settled?.().catch(() => undefined)
        const forgotten = attempts.forget(visit.interaction, had)
        // Who is in doesn't wait for it: their interaction is over, and what was kept of it ends by itself.
        await (outcome.outcome.step === 'signed-in' ? void forgotten.catch(() => undefined) : forgotten)
        return outcome.outcome
      }
    }
  }

  /** What can't be remembered can't be waited for: the phone is let go, so that the next try may ring it. */
  async function keepWaiting(visit: Visit, method: Method, state: Json, had: Json): Promise<void> {
    try {
      await attempts.keep(visit.interaction, method.id, state, had)
    } catch (error) {
      await method.abandon?.(state).catch(() => undefined)
      throw error
    }
  }

  async function letIn(visit: Visit, method: Method, step: Proved): Promise<Settled | { elsewhere: Step }> {
    const atOnce = await recogniseAtOnce(visit, method, step)
    if (atOnce) return atOnce
    const outcome = await transaction(db, (tx) => recognise(tx, visit, method, step))
    return 'elsewhere' in outcome ? outcome : { outcome, settled: false }
  }

  /**
   * The ordinary case, as one statement that is done whole or not at all: the entry is still the one that was read, the
   * proof is used up, the sign-in is on record. @returns undefined where nothing was done: `recognise` finds out why.
   */
  async function recogniseAtOnce(visit: Visit, method: Method, step: Proved): Promise<Settled | undefined> {
    const { proof, atOnce: parts } = step
    const known = parts ? parts.known : await soleOf(step)
    if (!known || switchedOff(visit, method) || whyNot(visit, method, proof, known)) return undefined
    // Once in a person's life: what goes with it is more than one statement.
    if (isFirstStrong(proof, known)) return undefined
    const { may, acts = [] } = parts ?? {}
    const at = now()
    const told = newBrowser(visit, method, known, at)
    const outcome = signedIn(visit, method, proof, known, at)
    // Made before what goes along: what follows from a sign-in is never of an earlier moment.
    const entry = audit.parts(succeeded(visit, method, proof, known, at))
    const along = await visit.along?.(outcome)
    const done = await atOnce(db, {
      when: [persons.unchanged(known), ...(parts ? [parts.when] : [])],
      may,
      acts: [...acts, ...entry, ...told, ...(along ? along.parts : [])],
    }).catch((error: unknown) => {
      // Nobody waits for it: the answer is due.
      void along?.undo()
      throw error
    })
    if (!done) await along?.undo()
    return done && { outcome, settled: may === undefined || done.may }
  }

  /** The one person whom a proof names that has nothing to use up: read before, and held to by what is written. */
  async function soleOf({ proof, settle }: Proved): Promise<Person | undefined> {
    if (settle) return undefined
    const people = await findAll(db, proof)
    return people.size === 1 ? people.values().next().value : undefined
  }

  /** In one transaction: the proof is used up whether or not it lets anybody in, and what came of it is on record. */
  async function recognise(
    tx: Db,
    visit: Visit,
    method: Method,
    { proof, settle }: Proved,
  ): Promise<SignedIn | { step: 'refused'; refusal: Refusal } | { elsewhere: Step }> {
    const elsewhere = await settle?.(tx)
    if (elsewhere) return { elsewhere }
    const people = await findAll(tx, proof)
    const person = people.size === 1 ? people.values().next().value : undefined
    // Once more: a telephone may have been waited for meanwhile.
    const off = switchedOff(visit, method)
    const code = off?.code ?? (people.size > 1 ? 'PRT-1608' : whyNot(visit, method, proof, person))
    if (!person || code) {
      const note = person ? { person: person.key } : {}
      await recordRefusal(tx, visit, method.id, code ?? 'PRT-1102', note, proof)
      return { step: 'refused', refusal: off ?? { code: code ?? 'PRT-1102' } }
    }
    const at = now()
    const [entry, ...acts] = audit.parts(succeeded(visit, method, proof, person, at))
    await atOnce(tx, { when: [entry!], acts: [...acts, ...newBrowser(visit, method, person, at)] })
    if (isFirstStrong(proof, person)) await firstStrong(tx, person.key, visit.request)
    return signedIn(visit, method, proof, person, at)
  }

  /** Who never signed in by this browser is told of it, on whatever channel they have. */
  function newBrowser({ browser, seen }: Visit, { id }: Method, { key }: Person, at: number): readonly Part[] {
    if (knownBrowsers.read(browser, key) !== undefined) return []
    return notices.parts(key, {
      kind: 'new-device',
      method: id,
      signIn: { at, ...seen },
      ...(id === 'sms-code' && { except: id }),
    })
  }

  /** Whom the means names: nobody, one person, or several where its number fits several schemes. */
  async function findAll(tx: Db, { scheme, code, orElse = [] }: Proof): Promise<Map<PersonKey, Person>> {
    const found = new Map<PersonKey, Person>()
    for (const named of [{ scheme, code }, ...orElse]) {
      const person = await persons.find(tx, named.scheme, named.code)
      if (person) found.set(person.key, person)
    }
    return found
  }

  const now = (): number => Math.floor(clock.now() / 1000)

  const signedIn = (visit: Visit, method: Method, proof: Proof, person: Person, at: number): SignedIn => ({
    step: 'signed-in',
    person: person.key,
    known: person,
    acr: proof.assurance,
    amr: [...proof.amr, method.id],
    at,
    knownBrowser: knownBrowsers.add(visit.browser, person.key),
  })

  /** A refusal costs at most one row for each try that was counted, and a few for those turned away meanwhile. */
  async function recordRefusal(
    on: Db,
    visit: Visit,
    method: MethodId,
    code: TroubleCode,
    note: Note = {},
    proof?: Proof,
  ): Promise<void> {
    if (note.unrecorded) return
    const proved = proof && { proved: true, evidence: proof.evidence }
    await audit.append(on, {
      type: 'sign-in.refused',
      actor: { kind: 'visitor' },
      ...(note.person && { person: note.person }),
      client: visit.client,
      request: visit.request,
      detail: { code, because: note.because, method, need: visit.need, ...proved, ...asDetail(visit.seen) },
    })
  }

  return {
    waiting: secondClicks.waiting,
    choices: (asked) => choicesFor(methods, asked, (method) => switches.off(method, asked.client)),
    async begin(visit, id) {
      const method = chosen(visit, id)
      const off = switchedOff(visit, method)
      if (off) return { step: 'refused', refusal: off }
      const gone = away(method)
      if (gone) throw new Problem(gone.because)
      const step = await method.begin(inputOf(visit, method.id, {}))
      return goOn(visit, method, step, null)
    },
    async submit(visit, id, fields) {
      const method = chosen(visit, id)
      // An address that somebody was sent must not do what only a form of ours may: make a phone ring, count a try. What it
      // may is to show the same question again, in another language.
      const given = fields.returned !== undefined && !method.returns ? { returned: '1' } : fields
      const kept = method.recalls?.(given) ?? true
      const state = kept ? await attempts.state(visit.interaction, method.id) : null
      const off = switchedOff(visit, method)
      if (off) {
        // A phone that still asks would ask in vain.
        if (state !== null) await method.abandon?.(state).catch(() => undefined)
        return goOn(visit, method, { step: 'refused', refusal: off }, state)
      }
      const input = inputOf(visit, method.id, given)
      const step = await method.resume(state, input)
      const first = await secondClicks.first(visit.interaction, method, step, input)
      return first ? goOn(visit, method, first.step, first.state) : goOn(visit, method, step, state)
    },
    async look(interaction, id) {
      const method = methods.find((candidate) => candidate.id === id)
      if (method && switches.off(method.id)) return COME
      const state = method?.look ? await attempts.state(interaction, method.id) : null
      return state === null ? COME : ((await method?.look?.(state)) ?? COME)
    },
    async abandon(interaction, id) {
      const method = methods.find((candidate) => candidate.id === id)
      if (!method?.abandon) return
      try {
        const state = await attempts.state(interaction, method.id)
        if (state === null) return
        await attempts.forget(interaction, state)
        await method.abandon(state)
      } catch {
        // They are on their way already, and everything here ends by itself.
      }
    },
  }
}

const COME: Look = { come: true }

type Proved = Extract<Step, { step: 'proved' }>

interface Settled {
  readonly outcome: SignedIn | Extract<Outcome, { step: 'refused' }>
  /** Whether there is nothing left to do after it. */
  readonly settled: boolean
}

const succeeded = (visit: Visit, method: Method, proof: Proof, person: Person, at: number): Entry => ({
  type: 'sign-in.succeeded',
  actor: { kind: 'citizen', person: person.key },
  person: person.key,
  client: visit.client,
  request: visit.request,
  detail: {
    method: method.id,
    acr: proof.assurance,
    amr: [...proof.amr, method.id],
    evidence: proof.evidence,
    need: visit.need,
    auth_time: at,
    ...asDetail(visit.seen),
    // That they differ, never how.
    ...(sameNames(proof, person) === false && { names: 'differ' }),
    ...(proof.kind !== undefined && proof.kind !== person.kind && { kind: 'differs' }),
  },
})

const inputOf = (visit: Visit, method: MethodId, fields: MethodInput['fields']): MethodInput => ({
  fields,
  source: visit.source,
  ...(visit.browser !== undefined && { browser: visit.browser }),
  need: visit.need,
  language: visit.language,
  towards: visit.towards,
  back: `${visit.address}/${method}/return`,
})

const isFirstStrong = (proof: Proof, { strongSince }: Person): boolean =>
  proof.assurance === 'high' && strongSince === undefined

function whyNot(visit: Visit, method: Method, proof: Proof, person: Person | undefined): TroubleCode | undefined {
  if (!person) return 'PRT-1102'
  const standing = standingOf(person)
  if (!standing.mayEnter) return standing.code
  if (visit.noEResidents && person.kind === 'e-resident') return 'PRT-1610'
  if (visit.signedInAs !== undefined && visit.signedInAs !== person.key) return 'PRT-1010'
  // Told to none but who has proved to be that person: others learn nothing of it.
  if (isBlocked(person.blocks, method.id)) return 'PRT-1107'
  // A method never vouches for more than it declares, nor does less than was asked let anybody in.
  const sure = atLeast(method.assurance, proof.assurance) && atLeast(proof.assurance, visit.need)
  return sure ? undefined : 'PRT-1103'
}
