// How much of a text message a text takes (3GPP TS 23.038 §6): seven bits a character where its alphabet has them all,
// sixteen otherwise. A text that needs two messages costs two, and arrives in pieces on old telephones.

const BASIC = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
)
/** Behind an escape: two places each. */
const EXTENDED = new Set('\f^{}\\[~]|€')

export interface Measured {
  readonly alphabet: 'gsm-7' | 'ucs-2'
  /** Septets, or UTF-16 code units. */
  readonly length: number
  /** How many messages it is sent as. */
  readonly parts: number
}

export function measure(text: string): Measured {
  const characters = Array.from(text)
  if (characters.every((one) => BASIC.has(one) || EXTENDED.has(one))) {
    const length = characters.reduce((sum, one) => sum + (EXTENDED.has(one) ? 2 : 1), 0)
    return { alphabet: 'gsm-7', length, parts: length <= 160 ? 1 : Math.ceil(length / 153) }
  }
  return { alphabet: 'ucs-2', length: text.length, parts: text.length <= 70 ? 1 : Math.ceil(text.length / 67) }
}

/** The first that fits into one message; otherwise the first of those that need the fewest. */
export function shortest(texts: readonly [string, ...string[]]): string {
  return texts.reduce((best, next) => (measure(next).parts < measure(best).parts ? next : best))
}
