import type { Service } from '../../src/compose.ts'
import type { Assurance } from '../../src/identity/assurance.ts'
import type { Json } from '../../src/identity/json.ts'
import type { Method, MethodInput, Step } from '../../src/methods/method.ts'
import type { Prompts } from '../../src/methods/prompts.ts'
import { openWatching, type Watching } from '../../src/methods/watch.ts'
import type { Clock } from '../../src/platform/clock.ts'

// A way to prove who one is that does no more than wait: for tests of waiting itself. The provider is this table; its
// sessions are answered by the test. One provider, as many nodes as there are methods made on it.

export type Answer = { readonly how: 'yes' | 'no' }

export interface FakeProvider {
  /** Codes whose phone rang, in order. */
  readonly rang: string[]
  /** Polls that hang now, and how many there were in all. */
  hanging(): number
  polls(): number
  answer(session: string, how: Answer['how']): void
  poll(session: string, signal: AbortSignal): Promise<Answer>
}

export function fakeProvider(): FakeProvider {
  const rang: string[] = []
  const hanging = new Map<string, Set<(answer: Answer) => void>>()
  const answers = new Map<string, Answer>()
  let polls = 0
  return {
    rang,
    hanging: () => [...hanging.values()].reduce((sum, { size }) => sum + size, 0),
    polls: () => polls,
    answer(session, how) {
      answers.set(session, { how })
      for (const tell of hanging.get(session) ?? []) tell({ how })
      hanging.delete(session)
    },
    poll: (session, signal) =>
      new Promise((resolve, reject) => {
        polls++
        const known = answers.get(session)
        if (known) return resolve(known)
        const all = hanging.get(session) ?? new Set()
        hanging.set(session, all.add(resolve))
        signal.addEventListener('abort', () => {
          all.delete(resolve)
          reject(new Error('hung up'))
        })
        return undefined
      }),
  }
}

interface State {
  readonly session: string
  readonly code: string
  readonly prompt: string
  readonly begun: number
  readonly until: number
}

export interface FakePhone {
  readonly method: Method
  /** What the method was told, in order: `return {…}`, `abandoned`. */
  readonly told: string[]
  /** Once the service is composed. */
  attach(service: Service): void
  close(): Promise<void>
}

/** @param shared whether several nodes must know of each other's watches. */
export function fakePhone(provider: FakeProvider, shared = false, assurance: Assurance = 'high'): FakePhone {
  let clock: Clock
  let watching: Watching<Answer> | undefined
  let prompts: Prompts | undefined
  const told: string[] = []
  const LIFE = 120_000

  const watch = ({ session, prompt, until }: State): void =>
    watching!.watch(
      session,
      async (signal) => {
        const answer = await provider.poll(session, signal)
        await prompts!.end(prompt, answer.how === 'yes' ? 'answered' : 'refused')
        return answer
      },
      until,
    )

  const ask = (trouble?: { code: 'PRT-1205' }): Step => ({
    step: 'ask',
    form: 'totp',
    state: null,
    ...(trouble && { trouble, note: { unrecorded: true } }),
  })

  async function ring(code: string, { source }: MethodInput): Promise<Step> {
    const rung = await prompts!.begin({ subject: `TH|${code}`, source })
    if (!rung.ok)
      return { step: 'refused', refusal: rung.refusal, ...(rung.onRecord && { note: { unrecorded: true } }) }
    provider.rang.push(code)
    const begun = clock.now()
    const state: State = { session: `s${provider.rang.length}`, code, prompt: rung.prompt, begun, until: begun + LIFE }
    watch(state)
    return wait(state)
  }

  const wait = (state: State): Step => ({
    step: 'wait',
    form: 'mobile-id',
    show: { code: '7580', begun: state.begun, until: state.until },
    again: clock.now() + 3_000,
    state: state as unknown as Json,
  })

  async function stand(state: State): Promise<Answer | 'running' | 'over'> {
    const seen = await watching!.look(state.session)
    if (seen !== 'unknown') return seen
    if (clock.now() >= state.until) return 'over'
    watch(state)
    return 'running'
  }

  return {
    told,
    close: async () => watching?.close(),
    attach({ parts, artifacts }) {
      clock = parts.clock
      watching = openWatching({ clock, random: parts.random, name: 'fake', ...(shared && { shared: artifacts }) })
      prompts = parts.prompts.of({ shared: 'push', life: LIFE })
    },
    method: {
      id: 'mobile-id',
      returns: true,
      assurance,
      begin: async () => ask(),
      async resume(kept, input) {
        const state = kept as unknown as State | null
        if (input.fields.returned === '1') told.push(`return ${JSON.stringify(input.fields)}`)
        if (!state && input.fields.person_code) return ring(input.fields.person_code, input)
        if (!state) return ask()
        const answer = await stand(state)
        if (answer === 'running') return { ...wait(state), state: kept } as Step
        if (answer === 'over') return ask()
        if (answer.how === 'no') return { step: 'refused', refusal: { code: 'PRT-2403' } }
        return {
          step: 'proved',
          proof: {
            method: 'mobile-id',
            scheme: 'TH',
            code: state.code,
            assurance,
            amr: ['sc', 'mfa'],
            evidence: `fake ${state.session}`,
          },
        }
      },
      async look(kept) {
        const answer = await stand(kept as unknown as State)
        return { come: answer !== 'running' }
      },
      async abandon() {
        told.push('abandoned')
      },
    },
  }
}
