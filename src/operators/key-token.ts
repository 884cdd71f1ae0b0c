import { createPublicKey } from 'node:crypto'
import type { Clock } from '../platform/clock.ts'
import type { Random } from '../platform/random.ts'
import { KeyRefused, type OpenedKey } from './operator.ts'

// An operator's key on a token of their own, by PKCS#11: made there, and never leaves it. Named as RFC 7512 writes it.

export interface Where {
  readonly token: string
  /** The module's library. */
  readonly library: string
}

/** `pkcs11:token=anna?module-path=/usr/lib/softhsm/libsofthsm2.so`; undefined for what is no such name. @throws KeyRefused */
export function tokenOf(name: string): Where | undefined {
  if (!name.startsWith('pkcs11:')) return undefined
  const [path = '', query = ''] = name.slice('pkcs11:'.length).split('?')
  const token = partOf(path.split(';'), 'token')
  const library = partOf(query.split('&'), 'module-path')
  if (!token || !library)
    throw new KeyRefused(
      `A key on a token is named pkcs11:token=LABEL?module-path=/path/of/the/module.so, not ${name}.`,
    )
  return { token, library }
}

const partOf = (parts: readonly string[], name: string): string | undefined => {
  const part = parts.find((one) => one.startsWith(`${name}=`))
  return part && decodeURIComponent(part.slice(name.length + 1))
}

export interface Needs {
  readonly where: Where
  readonly pin: string
  readonly clock: Clock
  readonly random: Random
}

/** @throws KeyRefused where the token has an operator's key already, or doesn't open. */
export async function makeTokenKey(needs: Needs): Promise<OpenedKey> {
  const { vault, held } = await openToken(needs)
  try {
    if (held) throw new KeyRefused(`The token ${needs.where.token} has an operator's key already: nothing was changed.`)
    await vault.create('ES256')
  } finally {
    await vault.close()
  }
  return openTokenKey(needs)
}

/** @throws KeyRefused where the token has no such key, or doesn't open. */
export async function openTokenKey(needs: Needs): Promise<OpenedKey> {
  const { vault, held } = await openToken(needs)
  const sign = held && (await vault.signer(held.kid))
  if (sign)
    return {
      publicKey: createPublicKey({ key: { ...held.publicJwk }, format: 'jwk' }),
      sign: async (text) => Buffer.from(await sign(text)),
      close: vault.close,
    }
  await vault.close()
  throw new KeyRefused(`The token ${needs.where.token} has no key of an operator: pratu operators make-key makes one.`)
}

async function openToken({ where, pin, clock, random }: Needs) {
  // Loaded where a token is used, as the binding is compiled there.
  const { openHsmVault } = await import('../signing/hsm-vault.ts')
  const vault = await openHsmVault({ ...where, pin, clock, random, label: 'pratu operator key' })
  try {
    const [held] = await vault.held()
    return { vault, held }
  } catch (error) {
    await vault.close()
    throw new KeyRefused(`The token ${where.token} does not open: ${(error as Error).message}`, { cause: error })
  }
}
