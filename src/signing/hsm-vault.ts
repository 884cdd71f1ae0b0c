import { createPublicKey, hash } from 'node:crypto'
import type { Handle, Mechanism, Template } from 'pkcs11js'
import type { Clock } from '../platform/clock.ts'
import type { Random } from '../platform/random.ts'
import { thumbprint } from './key-pair.ts'
import { loadModule, type Module, P11, PSS_PARAMETERS } from './pkcs11.ts'
import type { Algorithm, NewKey, PublicJwk, Sign, Vault } from './vault.ts'

// Private keys inside a hardware security module, by PKCS#11: made there, sign there, never leave it. Any module that does
// ECDSA over P-256; RSA-PSS and Ed25519 where it has them. A module that went away is opened anew at the next use, so that
// its coming back needs no restart.

export interface Needs {
  /** The module's library, as its maker says. */
  readonly library: string
  /** The token's label. */
  readonly token: string
  readonly pin: string
  /** What keys of this vault are called in the token; others are none of its own. */
  readonly label?: string
  readonly clock: Clock
  readonly random: Random
}

export interface HsmVault extends Vault {
  close(): Promise<void>
}

/** So many signatures at once: one session each. */
const SESSIONS = 8

/** How a module makes, shows and uses the keys of one algorithm. */
interface Kind {
  readonly type: number
  readonly make: number
  readonly template: Template
  readonly sign: Mechanism
  /** Modules differ in which hashes they do themselves: ours is done before. */
  readonly hashed: boolean
  /** Of a signature, in bytes. */
  readonly length: number
  publicJwk(attribute: (type: number) => Buffer): PublicJwk
}

const KINDS: Readonly<Record<Algorithm, Kind>> = {
  ES256: {
    type: P11.CKK_EC,
    make: P11.CKM_EC_KEY_PAIR_GEN,
    // OBJECT IDENTIFIER prime256v1, DER.
    template: [{ type: P11.CKA_EC_PARAMS, value: Buffer.from('06082a8648ce3d030107', 'hex') }],
    sign: { mechanism: P11.CKM_ECDSA },
    hashed: true,
    length: 64,
    publicJwk(attribute) {
      const point = lastOf(attribute(P11.CKA_EC_POINT), 65)
      if (point[0] !== 4) throw new Error('the module gives no uncompressed P-256 point')
      const [x, y] = [point.subarray(1, 33).toString('base64url'), point.subarray(33).toString('base64url')]
      return { kty: 'EC', crv: 'P-256', x, y }
    },
  },
  PS256: {
    type: P11.CKK_RSA,
    make: P11.CKM_RSA_PKCS_KEY_PAIR_GEN,
    template: [
      { type: P11.CKA_MODULUS_BITS, value: 3072 },
      { type: P11.CKA_PUBLIC_EXPONENT, value: Buffer.from([1, 0, 1]) },
    ],
    sign: {
      mechanism: P11.CKM_RSA_PKCS_PSS,
      parameter: { type: PSS_PARAMETERS, hashAlg: P11.CKM_SHA256, mgf: P11.CKG_MGF1_SHA256, saltLen: 32 } as never,
    },
    hashed: true,
    length: 384,
    publicJwk(attribute) {
      const [n, e] = [attribute(P11.CKA_MODULUS), attribute(P11.CKA_PUBLIC_EXPONENT)]
      return { kty: 'RSA', n: n.toString('base64url'), e: e.toString('base64url') }
    },
  },
  EdDSA: {
    type: P11.CKK_EC_EDWARDS,
    make: P11.CKM_EC_EDWARDS_KEY_PAIR_GEN,
    // OBJECT IDENTIFIER id-Ed25519 (RFC 8410 §3), DER.
    template: [{ type: P11.CKA_EC_PARAMS, value: Buffer.from('06032b6570', 'hex') }],
    sign: { mechanism: P11.CKM_EDDSA },
    hashed: false,
    length: 64,
    publicJwk(attribute) {
      const x = lastOf(attribute(P11.CKA_EC_POINT), 32).toString('base64url')
      return { kty: 'OKP', crv: 'Ed25519', x }
    },
  },
}

/** CKA_EC_POINT is an OCTET STRING around the point; some modules give the bare point. */
function lastOf(value: Buffer, length: number): Buffer {
  if (value.length < length) throw new Error('the module gives no whole point of its key')
  return value.subarray(value.length - length)
}

interface Opened {
  readonly module: Module
  readonly sessions: readonly Handle[]
  readonly mechanisms: ReadonlySet<number>
}

/** @throws Error when the binding is not installed; what the module itself has against us is said at its first use. */
export async function openHsmVault({
  library,
  token,
  pin,
  label = 'pratu signing key',
  clock,
  random,
}: Needs): Promise<HsmVault> {
  const load = await loadModule()
  let opened: Opened | undefined
  let free: Handle[] = []
  const waiting: ((session: Handle) => void)[] = []

  function open(): Opened {
    if (opened) return opened
    const module = load(library)
    try {
      const slot = module.slotOf(token)
      if (slot === undefined) throw new Error(`no token "${token}" in ${library}`)
      const sessions = Array.from({ length: SESSIONS }, () => module.openSession(slot))
      module.logIn(sessions[0]!, pin)
      opened = { module, sessions, mechanisms: new Set(module.mechanisms(slot)) }
      free = [...sessions]
      return opened
    } catch (error) {
      module.close()
      throw error
    }
  }

  /** Everything anew at the next use: after a token came back no session of before is good. */
  function forget(broken: Opened): void {
    if (opened !== broken) return
    opened = undefined
    free = []
    broken.module.close()
    for (const next of waiting.splice(0)) next(undefined as never)
  }

  async function withSession<T>(work: (module: Module, session: Handle) => T | Promise<T>): Promise<T> {
    const here = open()
    const session = free.pop() ?? (await new Promise<Handle>((next) => waiting.push(next)))
    if (opened !== here) return withSession(work)
    try {
      return await work(here.module, session)
    } catch (error) {
      forget(here)
      throw error
    } finally {
      if (opened === here) giveBack(session)
    }
  }

  function giveBack(session: Handle): void {
    const next = waiting.shift()
    if (next) next(session)
    else free.push(session)
  }

  function kindOf(module: Module, session: Handle, object: Handle): Kind {
    const type = module.attribute(session, object, P11.CKA_KEY_TYPE).readUInt8(0)
    const kind = Object.values(KINDS).find((each) => each.type === type)
    if (!kind) throw new Error(`the module's key is of a kind that nobody here has made (${type})`)
    return kind
  }

  function publicOf(module: Module, session: Handle, object: Handle): PublicJwk {
    const kind = kindOf(module, session, object)
    const jwk = kind.publicJwk((type) => module.attribute(session, object, type))
    createPublicKey({ key: { ...jwk }, format: 'jwk' }) // on the curve
    return jwk
  }

  const find = (module: Module, session: Handle, kind: number, kid?: string): Handle[] =>
    module.find(session, [
      { type: P11.CKA_CLASS, value: kind },
      { type: P11.CKA_TOKEN, value: true },
      ...(kid === undefined ? [] : [{ type: P11.CKA_ID, value: Buffer.from(kid) }]),
    ])

  return {
    name: 'hsm',

    lacks: (alg) =>
      withSession(async () => {
        const { make, sign } = KINDS[alg]
        const there = [make, sign.mechanism].every((mechanism) => opened!.mechanisms.has(mechanism))
        return there ? undefined : `the hardware module makes no keys for ${alg}`
      }),

    create: (alg) =>
      withSession((module, session) => {
        const { make, template } = KINDS[alg]
        const called = `${label} ${new Date(clock.now()).toISOString()}`
        const common = [
          { type: P11.CKA_TOKEN, value: true },
          { type: P11.CKA_LABEL, value: called },
          // Until the public half, and so the name, is known.
          { type: P11.CKA_ID, value: random.bytes(16) },
        ]
        const pair = module.makeKeyPair(
          session,
          make,
          [...common, { type: P11.CKA_VERIFY, value: true }, ...template],
          [
            ...common,
            { type: P11.CKA_PRIVATE, value: true },
            { type: P11.CKA_SENSITIVE, value: true },
            { type: P11.CKA_EXTRACTABLE, value: false },
            { type: P11.CKA_SIGN, value: true },
          ],
        )
        const publicJwk = publicOf(module, session, pair.publicKey)
        const kid = thumbprint(publicJwk)
        for (const key of [pair.publicKey, pair.privateKey])
          module.setAttribute(session, key, { type: P11.CKA_ID, value: Buffer.from(kid) })
        return { kid, publicJwk }
      }),

    held: () =>
      withSession((module, session) =>
        find(module, session, P11.CKO_PUBLIC_KEY)
          .map((object) => ({ object, called: module.attribute(session, object, P11.CKA_LABEL).toString() }))
          .filter(({ called }) => called.startsWith(label))
          .toSorted((one, other) => (one.called < other.called ? 1 : -1))
          .map(({ object }): NewKey => {
            const publicJwk = publicOf(module, session, object)
            return { kid: thumbprint(publicJwk), publicJwk }
          }),
      ),

    async signer(kid) {
      const kind = await withSession((module, session) => {
        const [key] = find(module, session, P11.CKO_PRIVATE_KEY, kid)
        return key === undefined ? undefined : kindOf(module, session, key)
      })
      if (!kind) return undefined
      const known = new WeakMap<Module, Handle>()
      const sign: Sign = (data) =>
        withSession((module, session) => {
          const key = known.get(module) ?? find(module, session, P11.CKO_PRIVATE_KEY, kid)[0]
          if (key === undefined) throw new Error(`the token has lost the key ${kid}`)
          known.set(module, key)
          const signed = kind.hashed ? hash('sha256', data, 'buffer') : Buffer.from(data)
          return module.sign(session, key, kind.sign, signed, kind.length)
        })
      return sign
    },

    destroy: (kid) =>
      withSession((module, session) => {
        for (const kind of [P11.CKO_PRIVATE_KEY, P11.CKO_PUBLIC_KEY])
          for (const object of find(module, session, kind, kid)) module.destroy(session, object)
      }),

    async close() {
      if (opened) forget(opened)
    },
  }
}
