import Provider from 'oidc-provider'
import type { Artifacts } from '../sessions/artifacts.ts'
import { visitOf } from './visit.ts'

// Whoever brings a code or a token is going to be asked for its grant, its session and its person, by the library one
// after another. All are asked for at once as soon as the token is known: one wait for the stores instead of three, which
// is what a busy node pays for most. The price: of a grant that ends in that very millisecond the token still comes through,
// as it did before when it had just been looked at.

/** What a token's record says of that by which it lives. */
export interface Tied {
  readonly clientId?: string | undefined
  readonly accountId?: string | undefined
  readonly grantId?: string | undefined
  readonly sessionUid?: string | undefined
  readonly expiresWithSession?: boolean | undefined
}

export interface ReadingAhead {
  /** The same store; what was asked for ahead is given out once, and no more when this request has ended it meanwhile. */
  readonly artifacts: Artifacts
  /** Asks for the grant and the session of a token that this request has just found. Never throws: who needs them hears of it. */
  ahead(token: Tied): void
}

export function openReadingAhead(artifacts: Artifacts): ReadingAhead {
  /** Absent outside of a request of the library's. */
  const asked = (): Map<string, Promise<unknown>> | undefined => {
    const { ctx } = Provider
    return ctx && visitOf(ctx).ahead
  }

  function begin<T>(key: string, question: () => Promise<T>): void {
    const answer = question()
    answer.catch(() => undefined)
    asked()?.set(key, answer)
  }

  function given<T>(key: string): Promise<T> | undefined {
    const all = asked()
    const answer = all?.get(key)
    all?.delete(key)
    return answer as Promise<T> | undefined
  }

  return {
    artifacts: {
      ...artifacts,
      get: (kind, id, keep) => (kind === 'grant' && given(grantKey(id))) || artifacts.get(kind, id, keep),
      findSessionByUid: (uid) => given(sessionKey(uid)) ?? artifacts.findSessionByUid(uid),
      remove(kind, id) {
        if (kind === 'grant') asked()?.delete(grantKey(id))
        return artifacts.remove(kind, id)
      },
      endSession(uid, tombstone) {
        asked()?.delete(sessionKey(uid))
        return artifacts.endSession(uid, tombstone)
      },
    },
    ahead({ grantId, sessionUid, expiresWithSession }) {
      if (grantId !== undefined) begin(grantKey(grantId), () => artifacts.get('grant', grantId))
      if (sessionUid !== undefined && expiresWithSession)
        begin(sessionKey(sessionUid), () => artifacts.findSessionByUid(sessionUid))
    },
  }
}

const grantKey = (id: string): string => `grant ${id}`
const sessionKey = (uid: string): string => `session ${uid}`
