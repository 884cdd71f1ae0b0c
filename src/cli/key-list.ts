import type { Shown, Taking } from '../signing/rotation.ts'

// What `pratu keys list` shows: one line a key, and on request one line for each agency that takes a new one up.

export interface Listed {
  readonly kid: string
  readonly alg: string
  readonly state: string
  readonly vault: string
  /** Since when it is in that state. */
  readonly since: string
  readonly next?: { readonly to: string; readonly at: string }
  /** Relying parties, where it signs for these alone. */
  readonly signs_for?: readonly string[]
  readonly uptake?: readonly {
    readonly client: string
    readonly standing: Taking['standing']
    readonly codes: number
    readonly returned: number
    readonly since?: string
  }[]
}

export function asListed({ life, next, signsFor, uptake }: Shown): Listed {
  const state = life.state === 'removed' && life.revoked ? 'revoked' : life.state
  return {
    kid: life.kid,
    alg: life.alg,
    state,
    vault: life.vault,
    since: iso(sinceOf(life).getTime()),
    ...(next && { next: { to: next.to, at: iso(next.at) } }),
    ...(signsFor && { signs_for: signsFor }),
    ...(uptake && {
      uptake: uptake.map(({ client, standing, redeemed, returned, since }) => ({
        ...{ client, standing, codes: redeemed, returned },
        ...(since !== undefined && { since: iso(since) }),
      })),
    }),
  }
}

/** How many relying parties stand how, in few words. */
function uptakeWords({ uptake = [], signs_for }: Listed): string {
  const counts = STANDINGS.map(
    (standing) => [standing, uptake.filter((one) => one.standing === standing).length] as const,
  )
  const words = counts
    .filter(([, count]) => count > 0)
    .map(([standing, count]) => `${count} ${STANDING_WORDS[standing]}`)
  const alone = signs_for ? [`for ${signs_for.length} alone`] : []
  return [...alone, ...words].join(', ')
}

const STANDINGS = ['taken-up', 'waiting', 'unknown', 'went-back'] as const
const STANDING_WORDS: Readonly<Record<Taking['standing'], string>> = {
  'taken-up': 'taken up',
  waiting: 'not yet',
  unknown: 'unknown',
  'went-back': 'went back',
}

export function takingLines({ kid, uptake }: Listed): string[] {
  if (!uptake) return []
  const lines = uptake.map(({ client, standing, codes, returned, since }) => {
    const said = `${client}  ${STANDING_WORDS[standing]}${since ? ` ${since}` : ''}`
    return `  ${said}  ${codes} codes, ${returned} followed at once by another sign-in`
  })
  return ['', `How agencies take up ${kid.slice(0, 10)}:`, ...lines]
}

function sinceOf(life: Shown['life']): Date {
  switch (life.state) {
    case 'announced':
      return life.announcedAt
    case 'signing':
      return life.signingAt
    case 'retiring':
      return life.retiringAt
    case 'retired':
      return life.retiredAt
    case 'removed':
      return life.removedAt
  }
}

export function tableOf(listed: readonly Listed[], now: number): string[] {
  if (listed.length === 0) return ['There is no signing key: make the first with `pratu keys init`.']
  const lines = listed.map(({ kid, alg, state, vault, since, next, ...rest }) => [
    kid.slice(0, 10),
    alg,
    state,
    wait(now - Date.parse(since)).replace(/^in /, 'for '),
    next ? `${next.to} ${next.at} (${wait(Date.parse(next.at) - now)})` : '',
    uptakeWords({ kid, alg, state, vault, since, ...rest }),
    vault,
  ])
  const all = [['key', 'alg', 'state', 'age', 'next', 'uptake', 'vault'], ...lines]
  const widths = all[0]!.map((_, column) => Math.max(...all.map((line) => line[column]!.length)))
  return all.map((line) =>
    line
      .map((text, column) => text.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  )
}

/** From which on it is so: a moment cut down to its minute may have passed already when it is read. */
export const wholeMinute = (at: number): string => iso(Math.ceil(at / 60_000) * 60_000)
export const iso = (at: number): string => `${new Date(at).toISOString().slice(0, 16)}Z`

/** In words, from now on. */
export function wait(ms: number): string {
  if (ms <= 0) return 'now'
  const minutes = Math.ceil(ms / 60_000)
  if (minutes < 120) return `in ${minutes} min`
  const hours = Math.round(ms / 3_600_000)
  return hours < 72 ? `in ${hours} h` : `in ${Math.round(ms / 86_400_000)} days`
}
