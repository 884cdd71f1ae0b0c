import type { Certificate } from '../../formats/certificate.ts'
import type { Assurance } from '../../identity/assurance.ts'
import type { SchemeId } from '../../identity/person-id.ts'

// Whose cards are believed. Owns the shape of a configured issuer; reading the folder of issuers stands in issuers.ts,
// the path from a card to its issuer in path.ts.

export interface Responder {
  readonly url: string
  /** Its certificate, byte for byte, where it is pinned; else the issuer itself or whom it has appointed. */
  readonly responder?: Certificate
  /** Whether it answers with the nonce it was asked with. */
  readonly nonce: boolean
  /** How old its answers may be, in milliseconds, where it prepares them beforehand; two minutes unless said. */
  readonly age?: number
}

export interface Issuer {
  /** Its name in blocks, audit and metrics: `[a-z0-9-]`. */
  readonly id: string
  /** The CA that issues the cards. */
  readonly certificate: Certificate
  /** From that CA up to and including the anchor; its first is `certificate`. */
  readonly chain: readonly Certificate[]
  /** The register's schemes that an identifier on the card may belong to, in the order in which they are tried. */
  readonly schemes: readonly SchemeId[]
  /** Of these policies a card must have one; absent: any that is not disallowed. */
  readonly policies?: readonly string[]
  /** Policies of the cards given to e-residents. */
  readonly eResidents: readonly string[]
  readonly assurance: Assurance
  /** The first is asked first, the next when it does not answer; none: the card's own address, once its chain is trusted. */
  readonly ocsp: readonly Responder[]
  /** Where there is no OCSP. */
  readonly crl?: string
  /** A test CA, which issues to anybody: refused in production. */
  readonly test: boolean
}
