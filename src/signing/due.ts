import type { KeyLife } from './store.ts'
import { type Algorithm, USUAL } from './vault.ts'
import { announcementOf, nextStep, type Plan } from './waits.ts'

// What the schedule is to do, and when: pure. Every step follows from the keys' moments, so that it doesn't matter which
// node looks, nor how late.

/** `withdrawn`: no agency asks for its algorithm any more. */
export type Did = 'announced' | 'promoted' | 'withdrawn' | 'retired' | 'removed'

/** What comes next, for agencies to read. */
export interface Dated {
  readonly at: number
  readonly alg: Algorithm
  readonly event: 'announce' | 'sign' | 'retire' | 'remove'
  /** Absent for a key that has yet to be made. */
  readonly kid?: string
}

export type Due =
  | { readonly did: 'announced'; readonly alg: Algorithm }
  | { readonly did: Exclude<Did, 'announced'>; readonly life: KeyLife }

/** What the schedule would do now, the first first. */
export function duesOf(all: readonly KeyLife[], used: ReadonlySet<Algorithm>, plan: Plan, now: number): Due[] {
  const lines = new Set(all.filter(({ state }) => state === 'announced' || state === 'signing').map(({ alg }) => alg))
  // The very first key of all is the ring's to enter.
  const lacking = [...used].filter((alg) => alg !== USUAL && !lines.has(alg))
  return [
    ...lacking.map((alg): Due => ({ did: 'announced', alg })),
    ...all.flatMap((life) => dueOf(life, all, used, plan, now) ?? []),
  ]
}

function dueOf(
  life: KeyLife,
  all: readonly KeyLife[],
  used: ReadonlySet<Algorithm>,
  plan: Plan,
  now: number,
): Due | undefined {
  const { alg, state } = life
  if (!used.has(alg) && (state === 'announced' || state === 'signing')) return { did: 'withdrawn', life }
  const announcement = announcementOf(life, all, plan)
  if (announcement !== undefined && now >= announcement) return { did: 'announced', alg }
  const next = nextStep(life, all, plan)
  if (!next || now < next.at) return undefined
  if (next.to === 'retired' || next.to === 'removed') return { did: next.to, life }
  if (next.to !== 'signing') return undefined
  // A key that an operator has announced waits for the operator where nothing goes by itself; an algorithm's first doesn't.
  const first = !all.some((key) => key.alg === alg && key.state === 'signing')
  return plan.schedule.days > 0 || first ? { did: 'promoted', life } : undefined
}

export function datesOf(life: KeyLife, all: readonly KeyLife[], plan: Plan): Dated[] {
  const { alg, kid } = life
  const announcement = announcementOf(life, all, plan)
  const next = nextStep(life, all, plan)
  const event =
    next && ({ signing: 'sign', retiring: undefined, retired: 'retire', removed: 'remove' } as const)[next.to]
  return [
    ...(announcement === undefined ? [] : [{ at: announcement, alg, event: 'announce' as const }]),
    ...(announcement === undefined || !next ? [] : [{ at: next.at, alg, event: 'sign' as const }]),
    ...(next && event ? [{ at: next.at, alg, kid, event }] : []),
  ]
}
