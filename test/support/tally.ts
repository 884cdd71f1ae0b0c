// Counts what a run has shown, and judges its skipped tests. Pure: test/run.ts feeds it.

/** As much of jest's `--json` as is needed. */
export interface JestReport {
  readonly testResults: readonly {
    /** Absolute path. */
    readonly name: string
    readonly message: string
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[]
  }[]
}

export interface Tally {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** One line for each thing that a reader of the log must know. */
  readonly complaints: readonly string[]
}

export interface Allowed {
  /** `<test file> :: <full test name>` */
  readonly test: string
  readonly reason: string
}

/** Lines of `<test file> :: <test name> # reason`; empty lines and lines that begin with # are for the reader. */
export function readAllowed(text: string): { allowed: Allowed[]; complaints: string[] } {
  const allowed: Allowed[] = []
  const complaints: string[] = []
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue
    const [, test, reason] = /^(\S+ :: .+?) # (\S.*)$/.exec(line) ?? []
    if (test === undefined || reason === undefined) {
      complaints.push(`test/allowed-skips, line ${index + 1}: not "<test file> :: <test name> # reason"`)
    } else {
      allowed.push({ test, reason })
    }
  }
  return { allowed, complaints }
}

const SKIPPED = new Set(['pending', 'skipped', 'todo', 'disabled'])

/**
 * @param whole every test file was run, so that a line of allowed-skips that names no test is a mistake.
 * @param vectors the published vectors are there, so that nothing at all may be skipped.
 */
export function tally(
  report: JestReport,
  { top, allowed, whole, vectors }: { top: string; allowed: readonly Allowed[]; whole: boolean; vectors: boolean },
): Tally {
  let passed = 0
  let failed = 0
  let skipped = 0
  const complaints: string[] = []
  const seen = new Set<string>()
  const permitted = new Set(allowed.map(({ test }) => test))
  const fail = (complaint: string) => {
    failed++
    complaints.push(complaint)
  }
  for (const file of report.testResults) {
    const path = file.name.startsWith(`${top}/`) ? file.name.slice(top.length + 1) : file.name
    if (file.assertionResults.length === 0) fail(`${path}: could not be run`)
    for (const { fullName, status } of file.assertionResults) {
      const test = `${path} :: ${fullName}`
      seen.add(test)
      if (status === 'passed') passed++
      else if (status === 'failed') fail(`failed: ${test}`)
      else if (!SKIPPED.has(status)) fail(`${status}: ${test}`)
      else if (!permitted.has(test)) fail(`skipped without leave in test/allowed-skips: ${test}`)
      else if (vectors) fail(`skipped although PRATU_VECTORS leads somewhere: ${test}`)
      else skipped++
    }
  }
  if (whole) {
    for (const { test } of allowed)
      if (!seen.has(test)) fail(`test/allowed-skips names a test that does not exist: ${test}`)
  }
  return { passed, failed, skipped, complaints }
}

export const lastLine = ({ passed, failed, skipped }: Pick<Tally, 'passed' | 'failed' | 'skipped'>): string =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
