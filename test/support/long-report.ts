import { appendFileSync } from 'node:fs'

// What the long tests measured, for the table with which `npm run test:long` ends.

export interface Line {
  readonly what: string
  readonly must: string
  readonly was: string
}

const PLACE = 'TEST_LONG_REPORT'

/** Where the lines go; set by test/run.ts. */
export const place = (file: string): Record<string, string> => ({ [PLACE]: file })

export function note(what: string, must: string, was: string): void {
  const file = process.env[PLACE]
  if (file !== undefined) appendFileSync(file, `${JSON.stringify({ what, must, was } satisfies Line)}\n`)
  process.stderr.write(`${what}: ${was} (must: ${must})\n`)
}

/** As it goes into docs/reliability.md. */
export function table(text: string): string {
  const lines = text.split('\n').filter(Boolean)
  if (lines.length === 0) return ''
  const rows = lines
    .map((line) => JSON.parse(line) as Line)
    .map(({ what, must, was }) => `| ${what} | ${must} | ${was} |`)
  return ['| what | must be | was |', '| --- | --- | --- |', ...rows].join('\n')
}

/** A figure of the issue, or a smaller one for a shorter run. */
export const figure = (name: string, usual: number): number => Number(process.env[`LONG_${name}`] ?? usual)
