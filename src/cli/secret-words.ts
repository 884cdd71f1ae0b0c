import type { MasterRefusal, MasterStanding } from '../secrets/master.ts'
import type { Left, Refusal, Shown } from '../secrets/rotation.ts'
import { iso, wholeMinute } from './key-list.ts'

// What `pratu secrets` says.

const NOTHING = 'Nothing was changed.'

export function refusalWords(name: string, refusal: Refusal): string {
  switch (refusal.because) {
    case 'never':
      return `${name} never changes: ${refusal.reason}. ${NOTHING}`
    case 'under-way':
      return `Version ${refusal.version} of ${name} is announced already. ${NOTHING}`
    case 'master':
      return `The master key is being changed: finish that first (pratu secrets finish master). ${NOTHING}`
    case 'nothing':
      return `There is no version of ${name} before the one in force. ${NOTHING}`
    case 'waits':
      return `Not yet: ${refusal.processes.join(', ')} must follow first. Try again; pratu secrets list shows who is meant.`
    case 'busy':
      return 'An import is running, which keeps the secrets it began with. Try again when it has ended.'
    case 'too-early':
      return `Not before ${wholeMinute(refusal.until)}${
        refusal.breaks === undefined ? '' : `; --emergency does it at once, and then ${refusal.breaks}`
      }. ${NOTHING}`
    case 'in-use':
      return name === 'pins'
        ? `Still hashed with a former version: ${leftWords(refusal.left)}. Each goes over at its owner’s next sign-in with it. ${NOTHING}`
        : `Still under a former version: ${leftWords(refusal.left) || name}. First: pratu secrets reencrypt ${name}. ${NOTHING}`
    case 'full':
      return `All 255 numbers of ${name} are taken: finish former versions first. ${NOTHING}`
  }
}

export function masterRefusal(refusal: MasterRefusal): string {
  switch (refusal.because) {
    case 'same':
      return `That is the master key in use. ${NOTHING}`
    case 'under-way':
      return `A change to another master key (${refusal.master}) is under way: finish it first. ${NOTHING}`
    case 'announced':
      return `A version of ${refusal.name} is not in force yet: pratu secrets rotate ${refusal.name} first. ${NOTHING}`
    case 'incomplete':
      return `A secret came meanwhile that is not under the next master key: pratu secrets rotate master again, with the same. ${NOTHING}`
    case 'nothing':
      return `No change of the master key is under way: pratu secrets rotate master. ${NOTHING}`
    case 'waits':
      return `Started with the former master key, and could not start again: ${refusal.processes.join(', ')}. Start them with the next one; --emergency doesn’t wait. ${NOTHING}`
  }
}

export const leftWords = (left: Left): string =>
  Object.entries(left)
    .map(([place, count]) => `${place} ${count}`)
    .join(', ')

/** What to do next, or what happens by itself. */
export function nextOf({ name, kind, versions, left, lapsesAt, waitsFor, everyDays }: Shown, now: number): string {
  const [newest] = versions
  if (kind.how === 'never') return 'never changes'
  if (newest?.state === 'announced') {
    if (kind.how === 'index') return `pratu secrets reencrypt ${name}`
    return waitsFor.length > 0 ? `waits for ${waitsFor.join(', ')}` : `pratu secrets rotate ${name} goes on`
  }
  if (versions.length > 1) {
    if (lapsesAt !== undefined) return `the former one goes by itself ${iso(lapsesAt)} (${wait(lapsesAt - now)})`
    if (Object.keys(left).length === 0) return `pratu secrets finish ${name}`
    return kind.how === 'returns' ? 'the former one waits for its owners' : `pratu secrets reencrypt ${name}`
  }
  if (everyDays === undefined) return ''
  const at = (newest?.since ?? now) + everyDays * 86_400_000
  return `changes by itself ${iso(at)} (${wait(at - now)})`
}

export function asListed(shown: readonly Shown[], { current, next, waitsFor }: MasterStanding) {
  return {
    secrets: shown.map(({ name, kind, versions, left, lapsesAt, waitsFor: processes, everyDays }) => ({
      name,
      changes: kind.how !== 'never',
      versions: versions.map(({ version, state, madeAt, since }) => ({
        version,
        state,
        made: iso(madeAt),
        ...(since !== undefined && { since: iso(since) }),
      })),
      left,
      ...(lapsesAt !== undefined && { former_goes: iso(lapsesAt) }),
      ...(processes.length > 0 && { waits_for: processes }),
      ...(everyDays !== undefined && { every_days: everyDays }),
    })),
    master: { name: current, ...(next !== undefined && { next, waits_for: waitsFor }) },
  }
}

export function tableOf(shown: readonly Shown[], master: MasterStanding, now: number): string[] {
  const lines = shown.map((one) => [
    one.name,
    one.versions.map(({ version, state }) => (state === 'in force' ? `${version}` : `${version} ${state}`)).join(', '),
    age(now - (one.versions.find(({ state }) => state === 'in force')?.since ?? now)),
    leftWords(one.left),
    nextOf(one, now),
  ])
  const all = [['secret', 'version', 'age', 'under a former one', 'next'], ...lines]
  const widths = all[0]!.map((_, column) => Math.max(...all.map((line) => line[column]!.length)))
  const table = all.map((line) =>
    line
      .map((text, column) => text.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  )
  const { current, next, waitsFor } = master
  const who =
    waitsFor.length > 0 ? `started with the former one: ${waitsFor.join(', ')}` : 'pratu secrets finish master'
  return [...table, '', next === undefined ? `master key ${current}` : `master key ${current}, next ${next}: ${who}`]
}

function age(ms: number): string {
  if (ms < 3_600_000) return `${Math.max(0, Math.floor(ms / 60_000))} min`
  return ms < 72 * 3_600_000 ? `${Math.floor(ms / 3_600_000)} h` : `${Math.floor(ms / 86_400_000)} days`
}

const wait = (ms: number): string => (ms <= 0 ? 'now' : `in ${age(ms)}`)
