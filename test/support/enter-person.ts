import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestService } from './service.ts'

/** One person more in a running service's register, by the operator's own import. */
export async function enterPerson(
  at: TestService,
  who: { readonly scheme: string; readonly code: string },
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'pratu-person-'))
  try {
    const path = join(folder, 'person.jsonl')
    const line = { ...who, kind: 'citizen', status: 'active', given_name: 'Nanna', family_name: 'Prøve' }
    writeFileSync(path, `${JSON.stringify(line)}\n`)
    const actor = { kind: 'operator', name: 'test' } as const
    const { loaded } = await at.service.parts.importPersons({ path, strict: true, actor })
    if (!loaded) throw new Error('the person could not be imported')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
