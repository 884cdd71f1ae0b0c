import { SingleBar } from 'cli-progress'
import type { Clock } from '../platform/clock.ts'

// Long work over rows that are there already: how far it is, how fast, how long it will take, and how it is ended.

export interface Needs {
  /** What is counted. */
  readonly thing: string
  readonly errors: NodeJS.WritableStream
  readonly terminal: boolean
  readonly clock: Clock
  onInterrupt(interrupted: () => void): () => void
}

export interface StepsJob {
  readonly progress: (done: number, of: number) => void
  readonly signal: AbortSignal
}

export interface Steps {
  run<T>(work: (job: StepsJob) => Promise<T>): Promise<T>
  interrupted(): boolean
}

const LINE_EVERY = 5_000

export function openSteps({ thing, errors, terminal, clock, onInterrupt }: Needs): Steps {
  const stop = new AbortController()
  const began = clock.now()
  const bar = new SingleBar({
    format: `{bar} {percentage} % | {value} of {total} ${thing}, {rate}/s | {left} left`,
    stream: errors,
    hideCursor: true,
    clearOnComplete: true,
  })
  let begun = false
  let told = began

  function show(done: number, of: number): void {
    const rate = done / Math.max(0.001, (clock.now() - began) / 1000)
    const values = { rate: Math.round(rate), left: rate > 0 ? spell((of - done) / rate) : '' }
    if (terminal) {
      if (begun) bar.update(done, values)
      else bar.start(of, done, values)
      begun = true
    } else if (clock.now() - told >= LINE_EVERY) {
      told = clock.now()
      errors.write(`${done} of ${of} ${thing}, ${values.rate}/s, ${values.left} left\n`)
    }
  }

  return {
    interrupted: () => stop.signal.aborted,
    async run(work) {
      const release = onInterrupt(() => stop.abort())
      try {
        return await work({ progress: show, signal: stop.signal })
      } finally {
        if (begun) bar.stop()
        release()
      }
    },
  }
}

export function spell(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds))
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`
}
