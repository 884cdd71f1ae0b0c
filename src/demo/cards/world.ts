import { join } from 'node:path'
import type { Context } from 'koa'
import type { Clock } from '../../platform/clock.ts'
import type { Random } from '../../platform/random.ts'
import { inventedPeople } from '../people.ts'
import { type CardAuthority, openCardAuthority } from './authority.ts'
import { type CardOnScreen, openCardOnScreen } from './on-screen.ts'
import { openReader } from './reader.ts'
import { openResponder, type Responder } from './responder.ts'

// The world of cards around the demo: authority, responder, and the card on screen, opened in the order in which each
// needs the other. Called by the demo's start, before the service reads its issuers.

export interface Needs {
  readonly data: string
  readonly port: number
  readonly issuer: string
  /** The origin that a token for this service is made for. */
  readonly origin: string
  readonly clock: Clock
  readonly random: Random
}

export interface CardWorld {
  /** The CA, for those of its certificates that are no cards. */
  readonly authority: Pick<CardAuthority, 'certify' | 'revoke' | 'issuing' | 'writeIssuers'>
  /** Where that CA's responder answers. */
  readonly ocsp: string
  /** Not listening yet. */
  readonly responder: Responder
  onScreen(checkForm: (ctx: Context) => void): CardOnScreen
}

/** Where the service finds the demo's issuer. */
export const issuersFolder = (data: string): string => join(data, 'card-issuers')

export function openCardWorld({ data, port, issuer, origin, clock, random }: Needs): CardWorld {
  const people = inventedPeople()
  const holders = people.map(({ scheme, code, kind, ...names }) => ({
    scheme,
    code,
    kind,
    // As cards have it: a Thai one in Latin letters, too.
    given: scheme === 'TH' ? names.given_name_latin : names.given_name,
    family: scheme === 'TH' ? names.family_name_latin : names.family_name,
  }))
  const authority = openCardAuthority(data, holders, { clock, random })
  const ocsp = `http://127.0.0.1:${port}/`
  authority.writeIssuers(issuersFolder(data), ocsp)
  const { issuing, cards, statusOf } = authority
  const mine = cards.filter((card) => people.some(({ scheme, code }) => card.scheme === scheme && card.code === code))

  function nameOf(scheme: string, code: string): string {
    const person = people.find((one) => one.scheme === scheme && one.code === code)
    return [person?.given_name, person?.family_name].filter(Boolean).join(' ')
  }

  return {
    authority,
    ocsp,
    responder: openResponder({ authority: issuing, statusOf, port, clock, random }),
    onScreen: (checkForm) =>
      openCardOnScreen({ issuer, cards: mine, reader: openReader(mine), nameOf, origin, checkForm }),
  }
}
