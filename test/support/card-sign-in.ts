import { pause } from '../../src/platform/clock.ts'
import type { CardService } from './card-service.ts'
import type { TestCard } from './cards.ts'
import { request } from './service.ts'
import type { Page, Visitor } from './visitor.ts'

// Sign-ins by Web eID over HTTP, from the agency's request to whatever the card's token leads to.

export interface SignedCard {
  readonly visitor: Visitor
  /** The card's page, and the token that goes into its form. */
  readonly page: Page
  readonly token: string
}

export function openCardSignIns({ at }: CardService, card: TestCard) {
  /** To the choice of means. Comes again when a machine that is busy otherwise turns people away. */
  async function choose(visitor: Visitor = at.visitor()): Promise<Page> {
    for (;;) {
      const choice = await visitor.open(request(at.issuer, 'tax', { scope: 'openid' }).url)
      if (choice.trouble !== 'PRT-5005') return choice
      await pause(50)
    }
  }

  /** As far as a person who has typed the PIN. */
  async function sign(visitor: Visitor = at.visitor()): Promise<SignedCard> {
    const page = await visitor.submit(await choose(visitor), { method: 'smart-card' })
    const nonce = /data-nonce="([^"]+)"/.exec(page.html)?.[1]
    if (nonce === undefined) throw new Error(`not the card's page: ${page.status} ${page.trouble} ${page.url}`)
    const origin = at.issuer.replace('http:', 'https:')
    return { visitor, page, token: JSON.stringify(card.token({ origin, nonce })) }
  }

  const send = ({ visitor, page, token }: SignedCard): Promise<Page> => visitor.submit(page, { token })

  return { choose, sign, send, enter: async (visitor?: Visitor): Promise<Page> => send(await sign(visitor)) }
}
