import { hash } from 'node:crypto'
import type { Certificate } from '../../formats/certificate.ts'
import type { Words } from '../../identity/language.ts'
import type { Issuer } from './trust.ts'

// One emergency block: which cards it means. Every condition that it has must hold.

export const KEY_TYPES = ['rsa', 'rsa-2048', 'rsa-3072', 'rsa-4096', 'ec', 'ec-p256', 'ec-p384', 'ec-p521'] as const
export type KeyType = (typeof KEY_TYPES)[number]
export const isKeyType = (text: string): text is KeyType => KEY_TYPES.some((known) => known === text)

export interface Conditions {
  readonly issuer?: string
  /** When the certificate begins, epoch milliseconds: from, and before (exclusive). */
  readonly issuedFrom?: number
  readonly issuedBefore?: number
  /** One of KEY_TYPES; another one, of a later version, covers nothing here. */
  readonly keyType?: string
  /** See `serialList`. */
  readonly serials?: Buffer
}

export interface Block extends Conditions {
  readonly id: string
  /** Told to the holder of such a card. */
  readonly reason: Words
  /** Epoch milliseconds. */
  readonly madeAt: number
}

const CURVES: Readonly<Record<string, KeyType>> = { prime256v1: 'ec-p256', secp384r1: 'ec-p384', secp521r1: 'ec-p521' }

/** The kind of key, and the kind with its size. */
export function keyTypesOf({ x509 }: Pick<Certificate, 'x509'>): readonly string[] {
  const { asymmetricKeyType: kind = '', asymmetricKeyDetails: details } = x509.publicKey
  return [kind, kind === 'ec' ? (CURVES[details?.namedCurve ?? ''] ?? kind) : `${kind}-${details?.modulusLength}`]
}

export function blocks(block: Conditions, card: Certificate, issuer: Pick<Issuer, 'id'>): boolean {
  const { issuer: named, issuedFrom, issuedBefore, keyType, serials } = block
  return (
    (named === undefined || named === issuer.id) &&
    (issuedFrom === undefined || card.notBefore >= issuedFrom) &&
    (issuedBefore === undefined || card.notBefore < issuedBefore) &&
    (keyType === undefined || keyTypesOf(card).includes(keyType)) &&
    (serials === undefined || isListed(serials, card.serial))
  )
}

const LENGTH = 16

/** In one list: it is read in one statement, which must not take long. */
export const MOST_SERIALS = 200_000

/** Half a SHA-256, so that a long list is one value and not as many objects. */
/** Hexadecimal. */
const digestOf = (serial: string): string => hash('sha256', serial).slice(0, 2 * LENGTH)

/**
 * Sorted digests of serial numbers, each once.
 * @param serials in upper-case hexadecimal, as node:crypto prints them.
 */
export function serialList(serials: Iterable<string>): Buffer {
  // Sorted as texts: in the same order, and in a tenth of the time that buffers take.
  return Buffer.from(Array.from(new Set(serials), digestOf).toSorted().join(''), 'hex')
}

export const countOf = (serials: Buffer): number => serials.length / LENGTH

function isListed(list: Buffer, serial: string): boolean {
  const wanted = Buffer.from(digestOf(serial), 'hex')
  let low = 0
  let high = countOf(list)
  while (low < high) {
    const middle = (low + high) >> 1
    const order = wanted.compare(list, middle * LENGTH, (middle + 1) * LENGTH)
    if (order === 0) return true
    if (order < 0) high = middle
    else low = middle + 1
  }
  return false
}
