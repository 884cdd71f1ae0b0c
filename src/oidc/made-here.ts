import { openShelf } from '../platform/shelf.ts'
import type { Artifacts } from '../sessions/artifacts.ts'
import type { Tied } from './ahead.ts'

// On what a code or a token stands is known only when it has been read; of those that this node has just made it knows it
// already, and asks for all three at once: one wait for the store instead of two. What it remembers are names and nothing of
// what stands under them: that is read each time. The price: the last thousand codes and tokens lie in this process's memory until
// others come in their places.

/** The answers to what was asked ahead; whoever needs one hears of its fault. */
export interface Ahead {
  readonly grantId: string
  readonly sessionUid: string
  readonly grant: ReturnType<Artifacts['get']>
  readonly session: ReturnType<Artifacts['findSessionByUid']>
}

export interface MadeHere {
  /** A code or a token that lives with its session. */
  note(id: string, tied: Tied): void
  /** Asks for the grant and the session of one that was made here; undefined for all others. Never throws. */
  ahead(id: string): Ahead | undefined
}

export function openMadeHere(artifacts: Pick<Artifacts, 'get' | 'findSessionByUid'>): MadeHere {
  const shelf = openShelf(1_024, 256)
  return {
    note(id, { grantId, sessionUid, expiresWithSession }) {
      if (grantId === undefined || sessionUid === undefined || !expiresWithSession) return
      shelf.put(id, Buffer.from(`${grantId} ${sessionUid}`))
    },
    ahead(id) {
      const [grantId, sessionUid] = shelf.get(id)?.toString('latin1').split(' ') ?? []
      if (grantId === undefined || sessionUid === undefined) return undefined
      const grant = artifacts.get('grant', grantId)
      const session = artifacts.findSessionByUid(sessionUid)
      for (const answer of [grant, session]) answer.catch(() => undefined)
      return { grantId, sessionUid, grant, session }
    },
  }
}
