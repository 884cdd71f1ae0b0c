// How global-setup tells the test files where the servers of this run listen: through the environment, which is all
// that jest's workers inherit. Not named PRATU_…, so that a service started by a test doesn't take them for settings.
declare global {
  var stopTheGround: (() => Promise<void>) | undefined
}

export interface Ground {
  readonly postgres: string
  /** Absent where no redis-server is installed. */
  readonly redis?: string
  /** Why the migrations did not apply. */
  readonly broken?: string
}

export const TEMPLATE = 'pratu_template'
const NAME = 'TEST_GROUND'

export function hand(ground: Ground): void {
  process.env[NAME] = JSON.stringify(ground)
}

export function ground(): Ground {
  const text = process.env[NAME]
  if (text === undefined) throw new Error('The servers of this run are missing: start tests through jest.config.mjs')
  return JSON.parse(text) as Ground
}
