import { hash } from 'node:crypto'
import { readCertificate } from '../../formats/certificate.ts'
import type { Json } from '../../identity/json.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Random } from '../../platform/random.ts'
import type { Artifacts } from '../../sessions/artifacts.ts'
import { CARD_REFUSALS, type CardRefusalCode } from '../certificates/verdict.ts'
import type { Method, MethodInput, Step } from '../method.ts'
import type { CardTickets } from './tls.ts'
import type { Validation, Verdict } from './validation.ts'
import { newNonce } from './web-eid.ts'

// The smart card: by Web eID, where the card signs our nonce, or by a TLS client certificate that comes with a ticket
// (tls.ts). Owns the nonce's life and what its holder is told; whether a card is to be believed is validation.ts's, who
// that is in the register is login's. A nonce is of one interaction, which only the browser that began it can reach;
// it is used up before anything else is looked at, by the first of all who bring it, right or wrong.

const FORM = 'smart-card'
/** "Challenge nonce": five minutes, to find the card, the reader and the PIN. */
const LIFE = 5 * 60_000
/** For a marker, nodes' clocks may differ by so much. */
const SKEW_SECONDS = 60

export interface Needs {
  readonly validation: Validation
  /** Where the TLS way is offered. */
  readonly tickets?: CardTickets | undefined
  readonly artifacts: Pick<Artifacts, 'once'>
  /** Whether anybody's revocation service can be asked at all. */
  readonly available: () => boolean
  /** What the browser shows to the card's app as the origin of the page. */
  readonly origin: string
  readonly clock: Clock
  readonly random: Random
}

/** What the page needs: the nonce, for how many milliseconds it is good, and whether the TLS way may be offered. */
export interface CardShow {
  readonly nonce: string
  readonly life: number
  readonly tls: boolean
  /** The browser is to leave for the card's own door with this. */
  readonly handle?: string
}

interface State {
  readonly nonce: string
  /** Epoch milliseconds. */
  readonly until: number
  readonly handle?: string
}

export function openSmartCard(needs: Needs): Method {
  const { validation, tickets, artifacts, available, origin, clock, random } = needs

  function ask(again: { code?: CardRefusalCode; handle?: string } = {}): Step {
    const { code, handle } = again
    const nonce = newNonce((count) => random.bytes(count))
    const also = handle === undefined ? {} : { handle }
    const trouble = code && { trouble: { code: CARD_REFUSALS[code].trouble }, note: { because: code } }
    const show = { nonce, life: LIFE, tls: tickets !== undefined, ...also } satisfies CardShow
    return { step: 'ask', form: FORM, show, state: { nonce, until: clock.now() + LIFE, ...also }, ...trouble }
  }

  /** @returns the nonce to the first who asks within its life, whatever comes of it then. */
  async function take(state: State | null): Promise<string | undefined> {
    if (!state) return undefined
    const first = await artifacts.once(`card nonce ${state.nonce}`, LIFE / 1000 + SKEW_SECONDS)
    return first && clock.now() <= state.until ? state.nonce : undefined
  }

  async function byWebEid(state: State | null, token: string): Promise<Step> {
    const nonce = await take(state)
    if (nonce === undefined) return ask({ code: 'nonce-unusable' })
    return stepAfter(await validation.token(token, { origin, nonce }), `web-eid|${nonce}`)
  }

  async function byTls(state: State | null, given: CardTickets, ticket: string): Promise<Step> {
    const shown = await given.take(state?.handle, ticket)
    if (!shown) return ask({ code: 'ticket-unusable' })
    const card = readCertificate(shown.certificate)
    if (!card) return turnedAway({ ok: false, code: 'certificate-malformed' })
    const verdict = await validation.certificate(card)
    if (verdict.ok && !shown.vouched) return turnedAway({ ok: false, code: 'not-vouched' })
    return stepAfter(verdict, `tls|${ticket}`)
  }

  return {
    id: 'smart-card',
    assurance: 'high',
    available,
    away: 'PRT-1604',
    begin: async () => ask(),
    async resume(kept: Json, { fields }: MethodInput): Promise<Step> {
      const state = kept as unknown as State | null
      if (tickets && fields.way === 'tls') return ask(await tickets.begin())
      if (tickets && fields.ticket === '') return ask({ code: 'no-certificate' })
      if (tickets && fields.ticket) return byTls(state, tickets, fields.ticket)
      return fields.token ? byWebEid(state, fields.token) : ask({ code: 'no-token' })
    },
  }
}

function stepAfter(verdict: Verdict, proven: string): Step {
  if (!verdict.ok) return turnedAway(verdict)
  const { card, issuer, holder, evidence } = verdict
  const [{ scheme, code }, ...others] = holder.candidates
  const seen = [proven, hash('sha256', card.der, 'hex'), issuer.id, evidence].join('|')
  return {
    step: 'proved',
    proof: {
      method: 'smart-card',
      scheme,
      code,
      ...(others.length > 0 && { orElse: others }),
      assurance: issuer.assurance,
      amr: ['sc', 'pin', 'mfa'],
      evidence: hash('sha256', `smart-card|${seen}`, 'base64url'),
      names: holder.names,
      ...(holder.eResident && { kind: 'e-resident' as const }),
    },
  }
}

function turnedAway({ code, reason }: Extract<Verdict, { ok: false }>): Step {
  const refusal = { code: CARD_REFUSALS[code].trouble, ...(reason && { reason }) }
  return { step: 'refused', refusal, note: { because: code } }
}
