import type { AuditLog } from '../../audit/log.ts'
import type { Actor } from '../../identity/actor.ts'
import type { PersonKey } from '../../identity/identifiers.ts'
import { credentialMeans } from '../../persons/credential-means.ts'
import type { Credentials } from '../../persons/credentials.ts'
import type { MeansKeeper } from '../../persons/means.ts'
import type { Notices } from '../../persons/notices.ts'
import type { Person } from '../../persons/person.ts'
import type { Part } from '../../platform/at-once.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Db } from '../../platform/db.ts'
import type { Random } from '../../platform/random.ts'
import type { Indexer } from '../../platform/seal.ts'
import { codeHash, codeHashes, displaySerial, HASH, KEY_BYTES, LINES, LOW, newCard } from './card.ts'
import * as store from './store.ts'

// Whose cards there are, and which number is asked for. Owns issuing, the order of the numbers and that each code is used
// once; doesn't know who is asking (method.ts) nor how often one may try (login/throttle).

export interface Issued {
  readonly serial: string
  /** The code of number 1 first. Known to the paper alone from here on. */
  readonly codes: readonly string[]
  /** It waits beside one that is in use until its own first code. */
  readonly next: boolean
}

/** What a typed code is compared with; nobody's for who has no card. */
interface Line {
  readonly card: string
  readonly hash: Buffer
  readonly waiting: boolean
  /** After this one. */
  readonly left: number
}

export interface Match {
  readonly use: Part
  readonly acts: readonly Part[]
  /** After this one. */
  readonly left: number
  readonly newCard: boolean
}

export interface SoughtCard {
  readonly person?: Person
  readonly pin?: true
  /** 1 to LINES; stays until it is answered rightly. */
  readonly number: number
  /** Codes that the card in use has left; 0 without one. */
  readonly left: number
  /** The next card is due and not on its way yet. */
  readonly newCard: boolean
  /** @returns the line that the code stands on. */
  matching(code: string): Match | undefined
}

export interface CodeCards {
  /** The same statements and the same work for everybody. `code` is canonical. */
  seek(db: Db, scheme: string, code: string): Promise<SoughtCard>
  /**
   * A card beside the one in use, which it replaces when its first code is used.
   * @param lost the one in use is worthless from now on.
   */
  issue(db: Db, person: PersonKey, actor: Actor, lost?: boolean): Promise<Issued>
  /** @returns false when there was none. */
  revoke(db: Db, person: PersonKey, actor: Actor): Promise<boolean>
  /** Who needs a new card and has been given none. */
  low(db: Db): Promise<readonly { readonly person: PersonKey; readonly serial: string; readonly left: number }[]>
  /** Beside the person's other means. */
  readonly keeper: MeansKeeper
  /** Takes away cards of means that are gone. */
  purge(db: Db): Promise<number>
}

export interface Needs {
  readonly credentials: Pick<Credentials, 'seek' | 'find' | 'enrol' | 'revoke' | 'held'>
  /** Which number is asked of those who have no card: the same on every node. */
  readonly indexer: Indexer
  readonly audit: Pick<AuditLog, 'append'>
  /** Each card that is given out is announced to the person. */
  readonly tell: Notices['tell']
  readonly clock: Clock
  readonly random: Random
}

/** No card's: found when there is none, so that the work is the same. */
const NO_CARD = '00000000-0000-0000-0000-000000000000'
const DAY = 86_400_000

export function openCodeCards({ credentials, indexer, audit, tell, clock, random }: Needs): CodeCards {
  /**
   * The number asked of somebody without a card. It changes after some days, at a pace of their own, as it does for people who
   * use theirs.
   */
  function decoyNumber(scheme: string, code: string): number {
    const own = indexer.index(`code card pace|${scheme}|${code}`)
    const period = (3 + (own[0]! % 28)) * DAY
    const turn = Math.floor((clock.now() + (own.readUInt32BE(1) % period)) / period)
    return 1 + (indexer.index(`code card number|${scheme}|${code}|${turn}`).readUInt32BE() % LINES)
  }

  return {
    async seek(db, scheme, code) {
      const { person, credential, secret, pin } = await credentials.seek(db, scheme, code, 'code-card')
      const cards = await store.cardsOf(db, credential ?? NO_CARD)
      const decoy = decoyNumber(scheme, code)
      const first = cards.find(({ unused }) => unused.length > 0)
      const number = first?.unused[0] ?? decoy
      const lines: Line[] = cards
        .filter(({ unused, waiting }) => (waiting ? unused.includes(number) : unused[0] === number))
        .map(({ id, codes, waiting, unused }) => ({
          card: id,
          hash: codes.subarray((number - 1) * HASH, number * HASH),
          waiting,
          left: unused.length - 1,
        }))
      const inUse = cards.find(({ waiting }) => !waiting) ?? cards[0]
      const left = inUse?.unused.length ?? 0
      const due = (rest: number): boolean => rest <= LOW && cards.length === 1
      return {
        ...(person && { person }),
        ...(pin && { pin }),
        number,
        left,
        newCard: due(left),
        matching(typed) {
          // Whoever has no card is compared with as well.
          const right = (lines.length > 0 ? lines : [DECOY]).find(({ card, hash }) =>
            codeHash(secret, card, number, typed).equals(hash),
          )
          if (!right || !credential) return undefined
          const acts = right.waiting ? [store.removeFormer(credential, right.card)] : []
          return {
            use: store.useUp(right.card, number, new Date(clock.now())),
            acts,
            left: right.left,
            newCard: due(right.left),
          }
        },
      }
    },
    async issue(db, person, actor, lost = false) {
      await tell(db, person, { kind: 'means-added', method: 'code-card' })
      const held = lost ? undefined : await credentials.find(db, person, 'code-card')
      if (!held) await store.removeAll(db, person)
      const next = held !== undefined && (await store.cardsOf(db, held.id)).some(({ waiting }) => !waiting)
      const secret = held?.secret ?? random.bytes(KEY_BYTES)
      const credential = held?.id ?? (await credentials.enrol(db, { person, method: 'code-card', secret }, actor))
      const id = random.uuid()
      const { codes, order, serial } = newCard(random)
      const card = { id, serial, waiting: true, codes: codeHashes(secret, id, codes), unused: order }
      const issuedAt = new Date(clock.now())
      await store.putWaiting(db, { ...card, person, credential, issuedAt })
      await audit.append(db, { type: 'credential.card-issued', actor, person, detail: { card: id, serial, lost } })
      return { serial, codes, next }
    },
    async revoke(db, person, actor) {
      await store.removeAll(db, person)
      return credentials.revoke(db, person, 'code-card', actor)
    },
    low: (db) => store.low(db, LOW),
    keeper: credentialMeans({
      credentials,
      kind: 'code-card',
      async label(db, person) {
        const held = await credentials.find(db, person, 'code-card')
        const [card] = held ? await store.cardsOf(db, held.id) : []
        return card && `${displaySerial(card.serial)} · ${card.unused.length}`
      },
    }),
    purge: store.purge,
  }
}

const DECOY: Line = { card: NO_CARD, hash: Buffer.alloc(HASH), waiting: false, left: 0 }
