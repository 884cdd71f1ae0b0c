import type { MethodId, PersonKey } from '../identity/identifiers.ts'
import type { Db } from '../platform/db.ts'
import type { Credentials, Held } from './credentials.ts'
import type { Means, MeansKeeper } from './means.ts'

/** How long a time step of a one-time code is (RFC 6238), in milliseconds: the last one accepted says when it was used. */
const STEP = 30_000

export interface Needs {
  readonly credentials: Pick<Credentials, 'held' | 'revoke'>
  readonly kind: MethodId
  /** What tells it from others of its kind, for its owner alone. */
  readonly label?: (db: Db, person: PersonKey) => Promise<string | undefined>
}

/** What lies in `credential`, as means among the others. */
export function credentialMeans({ credentials, kind, label }: Needs): MeansKeeper {
  const asMeans = (held: Held, named: string | undefined): Means => ({
    kind,
    id: held.id,
    enrolledAt: held.enrolledAt,
    by: held.enrolledBy === 'citizen' ? (held.confirmed === 'desk' ? 'letter' : 'citizen') : 'desk',
    level: 'low',
    ...(kind === 'totp' && held.lastStep > 0 && { usedAt: new Date(held.lastStep * STEP) }),
    ...(held.confirmed && { confirmed: held.confirmed }),
    ...(named !== undefined && { label: named }),
  })
  return {
    kind,
    async list(db, person) {
      const [held] = (await credentials.held(db, person)).filter(({ method }) => method === kind)
      return held ? [asMeans(held, await label?.(db, person))] : []
    },
    async remove(tx, person, id, { actor, request }) {
      const held = await credentials.held(tx, person)
      if (!held.some((one) => one.method === kind && one.id === id)) return false
      return credentials.revoke(tx, person, kind, actor, request)
    },
  }
}
