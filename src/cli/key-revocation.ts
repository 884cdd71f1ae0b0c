import { type Command, Option } from 'commander'
import type { AuditLog } from '../audit/log.ts'
import type { AuditReading, Issued } from '../audit/read.ts'
import type { Actor } from '../identity/actor.ts'
import { clientId } from '../identity/identifiers.ts'
import type { Requests } from '../operators/requests.ts'
import type { Clock } from '../platform/clock.ts'
import type { Db } from '../platform/db.ts'
import type { LiveSessions } from '../sessions/live.ts'
import type { Revoked, Rotation } from '../signing/rotation.ts'
import { type Act, type AllowParts, allowed } from './act.ts'
import { granted, WHY, wholeKid, whyOf } from './key-rotation.ts'
import { opened } from './opened.ts'
import { endAllAt } from './sessions.ts'

// `pratu keys revoke`: the key leaked, or may have. One asks, another allows it, and then nothing that it signed counts any
// more, on any node, within seconds; the report says whose tokens were still alive.

interface Parts {
  readonly db: Db
  readonly rotation: Rotation
  readonly requests: Pick<Requests, 'ask'>
  readonly actor: Extract<Actor, { kind: 'operator' }>
  close(): Promise<void>
}

export interface Needs {
  open(): Promise<Parts>
  readonly print: (line: string) => void
}

export function addKeyRevocationCommand(program: Command, { open, print }: Needs): void {
  const keys =
    program.commands.find((command) => command.name() === 'keys') ??
    program.command('keys').description("The service's own secrets")
  keys
    .command('revoke')
    .argument('<kid>', 'as `pratu keys list` names it; its first characters will do')
    .allowUnknownOption()
    .requiredOption('--why <text>', WHY)
    .addOption(
      new Option(
        '--sessions <what>',
        'of people who were signed in at agencies that it signed for: keep them, or end them, which these agencies are told',
      )
        .choices(['keep', 'end'])
        .default('keep'),
    )
    .option('--json', 'for programs')
    .description(
      'Ask that nothing counts which a key signed, for it leaked, or may have; another operator must allow it',
    )
    .action((named: string, wish: { why: string; sessions: Sessions; json?: true }) => {
      const reason = whyOf(wish).trim()
      return opened(open, async ({ db, rotation, requests, actor: by }) => {
        const kid = (await wholeKid(db, rotation, named)) ?? named
        const found = (await rotation.list(db)).find(({ life }) => life.kid === kid)
        if (!found) granted({ because: 'unknown' })
        else if (found.life.state === 'removed') granted({ because: 'state', state: 'removed' })
        const { request } = await requests.ask(db, {
          kind: 'key-revocation',
          act: { kid, sessions: wish.sessions },
          reason,
          by,
        })
        if (wish.json) return print(JSON.stringify({ request: request.id, kid, sessions: wish.sessions }))
        print(`Request ${request.id}. Another operator allows it:  pratu requests approve ${request.id}`)
        print('Within five seconds of that no node signs with the key, shows it or believes what it signed.')
      })
    })
}

type Sessions = 'keep' | 'end'

interface CarryOutParts extends AllowParts {
  readonly rotation: Pick<Rotation, 'revoke' | 'clear'>
  readonly live: Pick<LiveSessions, 'listOf' | 'listAt' | 'endAll'>
  readonly audit: Pick<AuditLog, 'append'>
  readonly auditReading: Pick<AuditReading, 'issuedBetween'>
  readonly clock: Clock
}

const kidIn = (act: unknown): string => (act as { readonly kid: string }).kid
const endsSessions = (act: unknown): boolean => (act as { readonly sessions?: Sessions }).sessions === 'end'

export const REVOCATION: Act<CarryOutParts> = {
  says: ({ act }) =>
    `the signing key ${kidIn(act).slice(0, 10)} revoked: nothing that it signed counts any more${endsSessions(act) ? ', and the sessions at its agencies ended' : ''}`,
  async carryOut(parts, id, { json }, print) {
    const { db, rotation, auditReading, clock, actor } = parts
    const { ends, why, ...done } = await allowed(parts, id, async (tx, { act, reason }) => ({
      ...granted(await rotation.revoke(tx, kidIn(act), { actor, why: reason })),
      ends: endsSessions(act),
      why: reason,
    }))
    await rotation.clear(db)
    // After the key, so that however many there are, it is out of the ring at once.
    const ended = ends ? await endAllAt(parts, done.clients.map(clientId), why) : undefined
    const alive = await aliveOf(done, clock.now(), (from, to) => auditReading.issuedBetween(db, actor, from, to))
    const report = { ...done, alive, ...(ended !== undefined && { sessions_ended: ended }) }
    const lines = json ? [JSON.stringify(report, null, 2)] : revokedLines(done, alive, ended)
    for (const line of lines) print(line)
  },
}

/** As long as anything that a key signed may live, and the minute by which clocks may differ, in ms. */
const ALIVE = 6 * 60_000

async function aliveOf(
  { signed, clients }: Revoked,
  now: number,
  issuedBetween: (from: number, to: number) => Promise<readonly Issued[]>,
): Promise<readonly Issued[]> {
  if (!signed) return []
  const issued = await issuedBetween(Math.max(signed.from, now - ALIVE), signed.to)
  return issued.filter(({ client }) => clients.includes(client))
}

function revokedLines({ kid, successor }: Revoked, alive: readonly Issued[], ended: number | undefined): string[] {
  return [
    `Revoked ${kid}: every node drops it within five seconds.`,
    ...(successor === undefined ? [] : [`${successor} signs in its place.`]),
    alive.length === 0
      ? 'Nothing that it signed was still alive.'
      : 'Still alive when it was revoked, and refused from now on by whoever fetches the key set:',
    ...alive.map(({ client, times }) => `  ${client}  ${times} ${times === 1 ? 'time' : 'times'}`),
    ended === undefined ? 'Everybody stays signed in.' : `${ended} sessions ended, on every node within 5 seconds.`,
  ]
}
