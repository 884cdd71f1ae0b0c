import { createHash, createSign, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'

// An authenticator in software: makes ES256 keys and answers as a browser's `toJSON` writes it (WebAuthn Level 3, §5.8).
// Every part of an answer can be made wrong, one at a time.

export interface Wrong {
  readonly origin?: string
  readonly type?: string
  readonly challenge?: string
  /** Whose name the key signs for. */
  readonly service?: string
  readonly crossOrigin?: boolean
  readonly topOrigin?: string
  /** The flags of the authenticator data: user present 1, verified 4, backup eligible 8, backed up 16. */
  readonly flags?: number
  readonly counter?: number
  readonly handle?: Buffer | undefined
  /** Signs with another key than the one it names. */
  readonly key?: KeyObject
  readonly signature?: Buffer
}

export interface SoftKey {
  readonly id: string
  /** As `navigator.credentials.create` would have answered. */
  readonly made: string
  readonly handle: Buffer
  /** Counts up at each answer, unless it is one that doesn't count. */
  answer(options: unknown, wrong?: Wrong): string
}

export interface SoftAuthenticator {
  make(options: unknown, wrong?: Wrong): SoftKey
}

interface Settings {
  readonly origin: string
  /** Synced keys may leave their device. */
  readonly synced?: boolean
  /** Whether it counts; most of today's don't. */
  readonly counts?: boolean
}

const PRESENT = 1
const VERIFIED = 4
const SYNCED = 8 | 16
const ATTESTED = 64
const AAGUID = Buffer.from('00112233445566778899aabbccddeeff', 'hex')

export function softAuthenticator({ origin, synced = false, counts = false }: Settings): SoftAuthenticator {
  const service = new URL(origin).hostname
  const usual = PRESENT | VERIFIED | (synced ? SYNCED : 0)

  const clientData = (type: string, challenge: string, wrong: Wrong): Buffer =>
    Buffer.from(
      JSON.stringify({
        type: wrong.type ?? type,
        challenge: wrong.challenge ?? challenge,
        origin: wrong.origin ?? origin,
        crossOrigin: wrong.crossOrigin ?? false,
        ...(wrong.topOrigin !== undefined && { topOrigin: wrong.topOrigin }),
      }),
    )

  const authenticatorData = (flags: number, counter: number, wrong: Wrong): Buffer => {
    const head = Buffer.alloc(5)
    head[0] = flags
    head.writeUInt32BE(counter, 1)
    const rp = createHash('sha256')
      .update(wrong.service ?? service)
      .digest()
    return Buffer.concat([rp, head])
  }

  return {
    make(options, wrong = {}) {
      const { challenge, user } = options as { challenge: string; user: { id: string } }
      const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const id = randomBytes(32)
      const handle = Buffer.from(user.id, 'base64url')
      const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
      const cose = Buffer.concat([
        Buffer.from('a50102032620012158', 'hex'),
        Buffer.from([32]),
        Buffer.from(x, 'base64url'),
        Buffer.from('225820', 'hex'),
        Buffer.from(y, 'base64url'),
      ])
      const length = Buffer.alloc(2)
      length.writeUInt16BE(id.length)
      let count = counts ? 1 : 0
      const data = Buffer.concat([
        authenticatorData((wrong.flags ?? usual) | ATTESTED, wrong.counter ?? count, wrong),
        AAGUID,
        length,
        id,
        cose,
      ])
      const name = id.toString('base64url')
      const answered = (response: object): string =>
        JSON.stringify({
          id: name,
          rawId: name,
          type: 'public-key',
          authenticatorAttachment: 'cross-platform',
          clientExtensionResults: {},
          response,
        })
      return {
        id: name,
        handle,
        made: answered({
          clientDataJSON: clientData('webauthn.create', challenge, wrong).toString('base64url'),
          attestationObject: attestationObject(data).toString('base64url'),
          transports: ['usb'],
        }),
        answer(asked, bad = {}) {
          if (counts) count += 1
          const client = clientData('webauthn.get', (asked as { challenge: string }).challenge, bad)
          const signed = authenticatorData(bad.flags ?? usual, bad.counter ?? count, bad)
          const signature = createSign('sha256')
            .update(Buffer.concat([signed, createHash('sha256').update(client).digest()]))
            .sign(bad.key ?? privateKey)
          const shown = 'handle' in bad ? bad.handle : handle
          return answered({
            clientDataJSON: client.toString('base64url'),
            authenticatorData: signed.toString('base64url'),
            signature: (bad.signature ?? signature).toString('base64url'),
            ...(shown && { userHandle: shown.toString('base64url') }),
          })
        },
      }
    },
  }
}

/** CBOR: { fmt: "none", attStmt: {}, authData }. */
function attestationObject(data: Buffer): Buffer {
  const text = (word: string) => Buffer.concat([Buffer.from([0x60 | word.length]), Buffer.from(word)])
  const length = Buffer.alloc(2)
  length.writeUInt16BE(data.length)
  return Buffer.concat([
    Buffer.from([0xa3]),
    text('fmt'),
    text('none'),
    text('attStmt'),
    Buffer.from([0xa0]),
    text('authData'),
    Buffer.from([0x59]),
    length,
    data,
  ])
}
