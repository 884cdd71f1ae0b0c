import {
  authorize,
  byCode,
  openBrowser,
  type Prove,
  redeem,
  request,
  type Target,
  TurnedAway,
  userInfo,
} from './browser.ts'
import type { Citizen } from './ground.ts'
import { round } from './measure.ts'

// People who come when they come, whether or not those before them are through: what a node has to bear that can't tell
// them to wait. Whoever is turned away goes, and counts as that.

export interface Crowd {
  readonly perSecond: number
  readonly seconds: number
  /** What a person takes from the form to the button, in milliseconds, each between nothing and twice this. */
  readonly think: number
  /** Within this many milliseconds of coming, thinking not counted, a person must be through. */
  readonly deadline: number
}

export interface Outcome {
  readonly begun: number
  /** Through within the deadline, with tokens and UserInfo checked. */
  readonly done: number
  readonly late: number
  /** Refused at the door, before anything was asked of them. */
  readonly turnedAway: number
  /** Let in and then let down. */
  readonly failed: Readonly<Record<string, number>>
  /** Of those who came after the first seconds, in which nobody has come back yet: let in, and let down or late. */
  readonly settled: { readonly letIn: number; readonly letDown: number }
  /** Of those who came in so many seconds, or were served until the last of them was. */
  readonly per_second: number
  /** By second: how many got through. */
  readonly by_second: readonly number[]
  readonly p50_ms: number
  readonly p99_ms: number
  /** Turned away after, in milliseconds: half of them, and all but a hundredth. */
  readonly away_p50_ms: number
  readonly away_p99_ms: number
}

const TICK = 5
/** Who it is matters to those alone who are let in: nobody's one-time code is used up at the door. */
const NOBODY: Citizen = { code: '', secret: Buffer.alloc(0), lastStep: 0 }
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

export async function come(target: Target, next: () => Citizen, crowd: Crowd): Promise<Outcome> {
  const { perSecond, seconds, think, deadline } = crowd
  const [took, away]: [number[], number[]] = [[], []]
  const bySecond: number[] = Array.from({ length: seconds }, () => 0)
  const failed: Record<string, number> = {}
  const inside = new Set<Promise<void>>()
  let [begun, late, turnedAway] = [0, 0, 0]
  // The first seconds, while nobody can be through yet, don't count; nor do those who ended after the crowd had stopped coming.
  const skip = Math.min(seconds - 1, Math.ceil((2 * think) / 1000) + SETTLING)
  const settled = { letIn: 0, letDown: 0 }
  const began = performance.now()

  async function one(n: number): Promise<void> {
    const from = performance.now()
    const settledThen = from - began >= skip * 1000
    // Spread evenly without chance: the same crowd in every run.
    const pondering = think * 2 * ((n * 0.618034) % 1)
    const browser = openBrowser(target)
    const asked = request()
    const prove: Prove = async (_browser, page) => {
      await pause(pondering)
      return byCode(browser, page, next())
    }
    try {
      const code = await authorize(browser, asked, NOBODY, prove)
      await userInfo(browser, await redeem(browser, code, asked))
      const whole = performance.now() - from - pondering
      if (settledThen) settled.letIn++
      if (settledThen && whole > deadline) settled.letDown++
      if (whole > deadline) late++
      else {
        took.push(whole)
        const second = Math.floor((performance.now() - began) / 1000)
        if (second < seconds) bySecond[second]! += 1
      }
    } catch (error) {
      if (error instanceof TurnedAway) {
        turnedAway++
        away.push(performance.now() - from)
        return
      }
      const { message } = error as Error
      const [code] = /PRT-\d{4}/.exec(message) ?? []
      const words = code ?? message.replaceAll(/[\w-]{16,}/g, '…').slice(0, 60)
      failed[words] = (failed[words] ?? 0) + 1
      if (!settledThen) return
      settled.letIn++
      settled.letDown++
    }
  }

  for (;;) {
    const now = performance.now() - began
    if (now >= seconds * 1000) break
    for (const due = (now / 1000) * perSecond; begun < due; begun++) {
      const visit: Promise<void> = one(begun).finally(() => inside.delete(visit))
      inside.add(visit)
    }
    await pause(TICK)
  }
  await Promise.all(inside)
  const [sorted, gone] = [took, away].map((all) => all.toSorted((a, b) => a - b)) as [number[], number[]]
  const at = (all: readonly number[], share: number) =>
    round(all[Math.min(all.length - 1, Math.floor(all.length * share))] ?? 0, 1)
  const counted = bySecond.slice(skip)
  return {
    begun,
    done: took.length,
    late,
    turnedAway,
    failed,
    settled,
    per_second: round(counted.reduce((sum, each) => sum + each, 0) / counted.length, 1),
    by_second: bySecond,
    p50_ms: at(sorted, 0.5),
    p99_ms: at(sorted, 0.99),
    away_p50_ms: at(gone, 0.5),
    away_p99_ms: at(gone, 0.99),
  }
}

const SETTLING = 5
