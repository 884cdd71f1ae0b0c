import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import type { Result } from '../bench/overload.ts'
import { figure, note } from '../support/long-report.ts'

// Three times as many people as one node can serve, begun by the clock and not by answers, from another process on another
// core (security bar R17). Whoever is turned away goes; who is let in must be through within ten seconds. What a person
// takes to type their code makes it harder: those whom a node lets in come back later.

const SECONDS = figure('OVERLOAD_SECONDS', 60)
const PROGRAM = fileURLToPath(new URL('../bench/run.ts', import.meta.url))

async function overload(think: number): Promise<Result> {
  const words = ['overload', '--seconds', String(SECONDS), '--concurrency', '16', '--think', String(think), '--json']
  const child = spawn(process.execPath, [PROGRAM, ...words], { stdio: ['ignore', 'pipe', 'inherit'] })
  let printed = ''
  child.stdout.on('data', (piece) => (printed += String(piece)))
  const code = await new Promise((resolve) => child.once('close', resolve))
  expect(code).toBe(0)
  return JSON.parse(printed) as Result
}

test.each([0, 5_000])(
  'three times what a node can serve comes, thinking for %i ms: at least 80 %% of what it can serve get through',
  async (think) => {
    const { share, capacity, afterwards, offered, crowd } = await overload(think)
    const { per_second: rate, begun, turnedAway, late, p99_ms: p99, failed, settled } = crowd
    const letDown = Object.values(failed).reduce((sum, count) => sum + count, late)
    note(
      `${offered} people/s come where ${Math.max(capacity, afterwards)} can be served, ${SECONDS} s, thinking ${think / 1000} s`,
      '≥ 80 % of what it can',
      `${rate} a second (${Math.round(share * 100)} %), p99 ${p99} ms; of ${begun} ${turnedAway} turned away, ${letDown} let in and let down, of which ${settled.letDown} after the first wave`,
    )
    for (const [words, count] of Object.entries(failed)) process.stderr.write(`  ${count} × ${words}\n`)
    expect(share).toBeGreaterThanOrEqual(0.8)
    // Whoever is let in gets through, once the node has seen the first of them come back: until then it can't know.
    expect(settled.letDown / settled.letIn).toBeLessThan(0.02)
    // And it is over when they have gone.
    expect(afterwards).toBeGreaterThan(0.8 * capacity)
  },
  (SECONDS + 240) * 1_000,
)
