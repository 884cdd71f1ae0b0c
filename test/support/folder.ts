import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** An empty folder of the test's own. */
export function testFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'pratu-test-folder-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}
