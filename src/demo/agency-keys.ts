import { generateKeyPairSync } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { importJWK, type JWK } from 'jose'
import type { CryptoKey } from 'openid-client'
import type { Random } from '../platform/random.ts'

// What the demo agencies prove themselves with. Made at the first start and kept in the data folder, as an agency would
// keep it on its own machine: nothing secret is committed, and every clone has its own.

export interface AgencyKeys {
  /** For private_key_jwt (ES256): the agency signs with the private half and registers the public one. */
  readonly signing: { readonly key: CryptoKey; readonly kid: string; readonly publicJwk: JWK }
  /** For client_secret_basic: 256 random bits. */
  readonly secret: string
}

interface Kept {
  readonly signing: JWK
  readonly secret: string
}

const FILE = 'demo-agencies.json'

export async function agencyKeys(folder: string, random: Random): Promise<AgencyKeys> {
  const path = join(folder, FILE)
  if (!existsSync(path)) {
    // Beside and then into place: an interrupted first start leaves nothing half written.
    writeFileSync(`${path}.new`, JSON.stringify(make(random)), { mode: 0o600 })
    renameSync(`${path}.new`, path)
  }
  const { signing, secret } = JSON.parse(readFileSync(path, 'utf8')) as Kept
  const { d: _private, ...publicJwk } = signing
  return { signing: { key: (await importJWK(signing, 'ES256')) as CryptoKey, kid: signing.kid!, publicJwk }, secret }
}

function make(random: Random): Kept {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = privateKey.export({ format: 'jwk' })
  return {
    signing: { ...jwk, kid: random.token(96), alg: 'ES256', use: 'sig' },
    secret: random.token(256),
  }
}
