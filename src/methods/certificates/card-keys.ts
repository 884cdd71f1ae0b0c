import { createHash, hash } from 'node:crypto'
import type { Certificate } from '../../formats/certificate.ts'
import { type Db, rows } from '../../platform/db.ts'

// Keys that two people's cards have, as cards of one batch once did: either could sign in as the other, so that neither
// proves anything. Owns which key was seen with whom, as hashes; asked last of all, when a card has passed everything else.

export interface CardKeys {
  /**
   * Whether the key has come with this holder's cards alone. From the moment that two came with it, it is never true.
   * @param number as the certificate has it: how the issuer's schemes read it may change.
   */
  sole(card: Certificate, number: string): Promise<boolean>
  /** What `sole` would say, for whoever looks at a card and lets nobody in: a copy of a certificate must not make a key shared. */
  wouldBeSole(card: Certificate, number: string): Promise<boolean>
  /** Forgets keys whose certificates have ended. @returns how many. */
  purge(db: Db, now: Date): Promise<number>
}

interface Known {
  readonly holder: Buffer
  readonly shared: boolean
  readonly until: Date
}

export function openCardKeys(db: Db): CardKeys {
  const known = async (key: Buffer): Promise<Known | undefined> =>
    (await rows<Known>(db, 'select holder, shared, until from card_key where key = ?', [key]))[0]

  return {
    async wouldBeSole(card, number) {
      const { key, holder } = hashesOf(card, number)
      const found = await known(key)
      return !found || isSole(found, holder)
    },
    async sole(card, number) {
      const { key, holder } = hashesOf(card, number)
      const until = new Date(card.notAfter)
      let found = await known(key)
      if (!found) {
        // Of two who come at once the second finds the first's row.
        await rows(db, 'insert into card_key (key, holder, until) values (?, ?, ?) on conflict do nothing', [
          ...[key, holder, until],
        ])
        found = (await known(key))!
      }
      if (!found.holder.equals(holder) && !found.shared)
        await rows(db, 'update card_key set shared = true where key = ?', [key])
      if (found.until < until)
        await rows(db, 'update card_key set until = ? where key = ? and until < ?', [until, key, until])
      return isSole(found, holder)
    },
    async purge(on, now) {
      const gone = await rows(on, 'delete from card_key where until < ? returning 1', [now])
      return gone.length
    },
  }
}

const hashesOf = ({ publicKeyDer }: Certificate, number: string) => ({
  key: hash('sha256', publicKeyDer, 'buffer'),
  holder: createHash('sha256').update(publicKeyDer).update(number).digest(),
})

const isSole = (found: Known, holder: Buffer): boolean => found.holder.equals(holder) && !found.shared
