import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const top = resolve(import.meta.dirname, '../..')
const { scripts } = JSON.parse(readFileSync(join(top, 'package.json'), 'utf8')) as { scripts: { serve: string } }

/** The words behind `exec node` by which `npm run serve` and the image start the service, its program with its whole path. */
export const SERVED: readonly string[] = scripts.serve
  .split(' ')
  .slice(2)
  .map((word) => (word.startsWith('-') ? word : join(top, word)))
