import { timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../platform/clock.ts'
import type { Random } from '../../platform/random.ts'
import type { Artifacts } from '../../sessions/artifacts.ts'

// The TLS way without HTTP: how a certificate that a browser showed at the card door (web/card) comes to the sign-in that
// asked for it, and to no other. The sign-in leaves with a handle, kept in its own state; the card door exchanges handle
// and certificate for a ticket; whoever brings the ticket must have the state with that handle, which only the browser
// that began can reach. Handle and ticket work once. Nothing is judged here: the method validates what `take` answers,
// as it validates a Web eID token's certificate; that the key is at hand the TLS handshake has shown.

/** What the browser showed. */
export interface Shown {
  /** DER. */
  readonly certificate: Buffer
  /** The proxy that ended TLS had nothing against it. Always true where Pratu ended TLS itself: there the method alone judges. */
  readonly vouched: boolean
}

export interface CardTickets {
  /** For a sign-in that leaves for the card door. `handle` belongs into the method's state, and lives for five minutes. */
  begin(): Promise<{ readonly handle: string }>
  /** At the card door. @returns undefined for a handle that is unknown, used, or too old. */
  present(handle: string, shown: Shown): Promise<{ readonly ticket: string } | undefined>
  /**
   * Back at the sign-in: uses the ticket up whatever comes of it. `handle`: of the method's state; undefined where there is
   * none, as in another's browser.
   * @returns undefined for a ticket that is unknown, used, too old, or of another handle.
   */
  take(handle: string | undefined, ticket: string): Promise<Shown | undefined>
}

export interface Needs {
  readonly artifacts: Pick<Artifacts, 'put' | 'get' | 'consume'>
  readonly random: Random
  readonly clock: Clock
}

/** As a Web eID nonce: time to find the card, the reader and the PIN. */
const HANDLE_SECONDS = 5 * 60
/** A redirect takes no longer. */
const TICKET_SECONDS = 60
const BITS = 256

/** `until`: epoch milliseconds. */
type Lasting = { readonly until: number }
/** `certificate`: base64 of the DER. */
type Ticket = Lasting & { readonly handle: string; readonly certificate: string; readonly vouched: boolean }

export function openCardTickets({ artifacts, random, clock }: Needs): CardTickets {
  const seconds = (): number => Math.floor(clock.now() / 1000)

  /** @returns the record to the first who asks for it, and nothing to everybody after that. */
  async function takeOnce<R extends Lasting>(kind: 'card-visit' | 'card-ticket', id: string): Promise<R | undefined> {
    const outcome = await artifacts.consume(kind, id, seconds(), TICKET_SECONDS)
    if (outcome !== 'consumed') return undefined
    const value = (await artifacts.get(kind, id))?.value as R | undefined
    // The store's expiry only frees room; what is valid is said by the record.
    return value && value.until >= clock.now() ? value : undefined
  }

  return {
    async begin() {
      const handle = random.token(BITS)
      await artifacts.put('card-visit', handle, { until: clock.now() + HANDLE_SECONDS * 1000 }, HANDLE_SECONDS)
      return { handle }
    },
    async present(handle, { certificate, vouched }) {
      if (!(await takeOnce<Lasting>('card-visit', handle))) return undefined
      const ticket = random.token(BITS)
      const until = clock.now() + TICKET_SECONDS * 1000
      const record = { handle, certificate: certificate.toString('base64'), vouched, until } satisfies Ticket
      await artifacts.put('card-ticket', ticket, record, TICKET_SECONDS)
      return { ticket }
    },
    async take(handle, ticket) {
      const record = (await takeOnce('card-ticket', ticket)) as
        | (Shown & { handle: string; certificate: never })
        | undefined
      if (!record || handle === undefined || !equal(record.handle, handle)) return undefined
      return { certificate: Buffer.from(record.certificate, 'base64'), vouched: record.vouched }
    },
  }
}

function equal(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)]
  return a.length === b.length && timingSafeEqual(a, b)
}
