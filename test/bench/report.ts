import type { Options } from './compare.ts'
import type { Summary } from './measure.ts'

export interface Result {
  readonly kind: string
  readonly machine: string
  readonly concurrency: number
  readonly ratio: number
  readonly ratio_all: number
  readonly ratio_by_turn: readonly number[]
  readonly pratu: Summary & {
    readonly sql_statements: number
    readonly redis_commands: number
    readonly sql: Readonly<Record<string, number>>
    readonly redis: Readonly<Record<string, number>>
  }
  readonly peer: Summary
  readonly several?: {
    readonly processes: number
    readonly one: Summary
    readonly many: Summary
    /** Of a processor, in percent, that each might use. */
    readonly share?: number
    readonly cpu_ratio: number
    /** Pieces of work a second, several by one. */
    readonly rate_ratio: number
  }
}

const LINES: readonly (readonly [keyof Summary, string])[] = [
  ['done', 'done'],
  ['failed', 'failed'],
  ['per_second', 'a second'],
  ['busy', 'Node at work, of the time'],
  ['cpu_ms', 'CPU of Node, ms each'],
  ['postgres_cpu_ms', 'CPU of PostgreSQL, ms each'],
  ['redis_cpu_ms', 'CPU of Redis, ms each'],
  ['load_cpu_ms', 'CPU of the load, ms each'],
  ['p50_ms', 'p50, ms'],
  ['p95_ms', 'p95, ms'],
  ['p99_ms', 'p99, ms'],
  ['rss_mb', 'memory, MB'],
]

export function report({ json }: Pick<Options, 'json'>, result: Result): void {
  if (json) {
    console.log(JSON.stringify(result))
    return
  }
  const { kind, machine, concurrency, pratu, peer, several } = result
  console.log(`${kind}, ${concurrency} at once, on ${machine}\n`)
  table(['Pratu', 'oidc-provider'], [pratu, peer])
  console.log(`\nSQL statements each    ${pratu.sql_statements}`)
  for (const [text, count] of Object.entries(pratu.sql)) console.log(`  ${String(count).padStart(5)}  ${text}`)
  console.log(`Redis commands each    ${pratu.redis_commands}`)
  for (const [name, count] of Object.entries(pratu.redis)) console.log(`  ${String(count).padStart(5)}  ${name}`)
  if (several) {
    const each = several.share === undefined ? '' : `, each with ${several.share} % of a processor`
    console.log(`\n${several.processes} processes beside one${each}:`)
    table(['one', String(several.processes)], [several.one, several.many])
    console.log(`CPU of Node each, ${several.processes} processes by one: ${several.cpu_ratio}`)
    console.log(`a second, ${several.processes} processes by one: ${several.rate_ratio}`)
  }
  console.log(
    `\nratio     ${result.ratio}   CPU of Node, Pratu by oidc-provider (by turn ${result.ratio_by_turn.join(' ')})`,
  )
  console.log(`ratio_all ${result.ratio_all}   with PostgreSQL and Redis`)
}

export function table(names: readonly string[], columns: readonly Summary[]): void {
  console.log(''.padEnd(28) + names.map((name) => name.padStart(16)).join(''))
  for (const [field, words] of LINES)
    console.log(words.padEnd(28) + columns.map((column) => String(column[field]).padStart(16)).join(''))
}
