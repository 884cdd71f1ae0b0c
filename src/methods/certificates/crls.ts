import type { Certificate } from '../../formats/certificate.ts'
import { readCrl } from '../../formats/crl.ts'
import { isSigned } from '../../formats/signature-algorithm.ts'
import { type Clock, pause } from '../../platform/clock.ts'
import type { Fetch } from './outgoing.ts'

// Revocation lists of issuers without OCSP: fetched, checked, and kept in memory until their nextUpdate. A list that is
// being fetched is awaited by all who need it; one that has grown old for an hour is fetched anew behind the scenes,
// so that nobody waits for a list that is still good.

export interface Crls {
  /**
   * Whether the issuer's list, good now, has the card on it.
   * @param url where the list is had.
   */
  look(card: Certificate, issuer: Certificate, url: string): Promise<Found>
  close(): Promise<void>
}

export type Found =
  | { readonly revoked: boolean; readonly thisUpdate: number }
  /** There is no such list, in a sentence; `elsewhere`: there is one, but this card is not among those it speaks of. */
  | { readonly lacks: string; readonly elsewhere?: true }

export interface Needs {
  readonly fetch: Fetch
  readonly clock: Clock
}

interface List {
  readonly revoked: ReadonlySet<string>
  readonly issuer: Certificate
  readonly thisUpdate: number
  readonly nextUpdate: number
  /** The addresses that a card must name to be covered; absent: all cards of the issuer are. */
  readonly at?: readonly string[]
  readonly fetchedAt: number
}

const HOUR = 3_600_000
const SKEW = 15 * 60_000

export function openCrls({ fetch, clock }: Needs): Crls {
  const lists = new Map<string, List>()
  const loading = new Map<string, Promise<List | string>>()
  const stop = new AbortController()

  /** As it is kept, while it is good for this issuer. */
  function kept(url: string, issuer: Certificate): List | undefined {
    const list = lists.get(url)
    return list?.issuer.der.equals(issuer.der) && list.nextUpdate > clock.now() ? list : undefined
  }

  function load(url: string, issuer: Certificate): Promise<List | string> {
    const key = `${url} ${issuer.x509.fingerprint256}`
    const running = loading.get(key)
    if (running) return running
    const mine = fetched(url, issuer)
      .then((list) => {
        // An older list than the one at hand is no news, it is a replay.
        const before = kept(url, issuer)
        if (typeof list === 'string' || (before && list.thisUpdate < before.thisUpdate)) return before ?? list
        lists.set(url, list)
        return list
      })
      .finally(() => loading.delete(key))
    loading.set(key, mine)
    return mine
  }

  async function fetched(url: string, issuer: Certificate): Promise<List | string> {
    let bytes: Buffer
    try {
      const response = await fetch(url, { signal: stop.signal })
      if (response.status !== 200) {
        await response.body?.cancel()
        return `the address of the list answers ${response.status}`
      }
      bytes = Buffer.from(await response.arrayBuffer())
    } catch (fault) {
      return `the list could not be fetched: ${fault instanceof Error ? fault.message : 'unknown'}`
    }
    return checked(bytes, issuer)
  }

  async function checked(bytes: Buffer, issuer: Certificate): Promise<List | string> {
    const crl = readCrl(bytes)
    const now = clock.now()
    if (crl === undefined) return 'the list is none'
    if (!crl.issuerDer.equals(issuer.subjectDer)) return "the list is another CA's"
    if (issuer.keyUsage && !issuer.keyUsage.has('cRLSign')) return 'the issuer may not sign lists'
    if (!isSigned(crl.data, crl.algorithm, crl.signature, issuer.x509.publicKey))
      return "the list's signature is not its issuer's, or not by an accepted algorithm"
    if (crl.part === 'unusable') return 'the list does not speak about all cards of its issuer'
    if (crl.thisUpdate > now + SKEW) return "the list's thisUpdate lies in the future"
    if (crl.nextUpdate <= now) return "the list's nextUpdate has passed"
    const revoked = new Set<string>()
    try {
      for (const serials of crl.revoked()) {
        for (const serial of serials) revoked.add(serial)
        await pause(0) // a long list must not hold up whoever signs in otherwise
      }
    } catch {
      return 'the list has a line that can not be read'
    }
    const { thisUpdate, nextUpdate, part } = crl
    return { revoked, issuer, thisUpdate, nextUpdate, fetchedAt: now, ...(part && { at: part.at }) }
  }

  return {
    async look(card, issuer, url) {
      const before = kept(url, issuer)
      if (before && clock.now() - before.fetchedAt >= HOUR) void load(url, issuer)
      const list = before ?? (await load(url, issuer))
      if (typeof list === 'string') return { lacks: list }
      if (list.at && !list.at.some((address) => card.crlUrls.includes(address)))
        return { lacks: 'the list is a part that this card does not belong to', elsewhere: true }
      return { revoked: list.revoked.has(card.serial), thisUpdate: list.thisUpdate }
    },
    async close() {
      stop.abort()
      await Promise.allSettled(loading.values())
    },
  }
}
