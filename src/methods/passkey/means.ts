import type { Means, MeansKeeper } from '../../persons/means.ts'
import type { Passkey, Passkeys } from './passkeys.ts'

/** Passkeys among a person's other means. */
export function passkeyMeans({ passkeys }: { readonly passkeys: Pick<Passkeys, 'list' | 'remove'> }): MeansKeeper {
  return {
    kind: 'passkey',
    list: async (db, person) => (await passkeys.list(db, person)).map(asMeans),
    remove: (tx, person, id, by) => passkeys.remove(tx, person, id, by),
  }
}

const asMeans = (passkey: Passkey): Means => ({
  kind: 'passkey',
  id: passkey.id,
  enrolledAt: new Date(passkey.enrolledAt),
  by: passkey.seenAtDesk ? 'desk' : 'citizen',
  // Nobody makes one but after a sign-in at `high`, or before an officer.
  confirmed: passkey.seenAtDesk ? 'desk' : 'high',
  level: levelOf(passkey),
  ...(passkey.usedAt !== undefined && { usedAt: new Date(passkey.usedAt) }),
  ...(passkey.name !== '' && { label: passkey.name }),
})

/** What a passkey proves: `high` where a desk saw it made and it can't leave its device. */
export const levelOf = ({ seenAtDesk, deviceBound }: Pick<Passkey, 'seenAtDesk' | 'deviceBound'>) =>
  seenAtDesk && deviceBound ? 'high' : 'substantial'
