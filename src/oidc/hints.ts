import { compactVerify, decodeProtectedHeader, importJWK } from 'jose'
import type { Clients } from '../clients/client.ts'
import type { Ring } from '../signing/ring.ts'

// ID tokens that come back to us as hints (`id_token_hint`). The library verifies them with its present keys and the
// agency's present algorithm, and takes a hint that fails for an error. A hint is no credential: one that can't be
// verified is as if none had been sent.

export interface Hint {
  readonly client: string
  readonly sub: string
  readonly header: { readonly [name: string]: unknown }
  readonly payload: { readonly [name: string]: unknown }
}

export interface Needs {
  readonly issuer: string
  readonly ring: Pick<Ring, 'keys'>
  readonly clients: Pick<Clients, 'find'>
  /** Told of each one that proves something. */
  readonly verified: (hint: Hint) => void
}

/** Expired ones count too (OIDC Core §3.1.2.1), and so do those that a retired key signed. */
export function openHints({
  issuer,
  ring,
  clients,
  verified: heard,
}: Needs): (token: string) => Promise<Hint | undefined> {
  return async (token) => {
    try {
      const { kid, typ } = decodeProtectedHeader(token)
      // Our other tokens carry a type: they are no hints.
      if (typ !== undefined && typ !== 'JWT') return undefined
      const key = ring.keys().find((each) => each.kid === kid)
      if (!key) return undefined
      const verified = await compactVerify(token, await importJWK({ ...key.publicJwk }, key.alg), {
        algorithms: [key.alg],
      })
      const payload = JSON.parse(Buffer.from(verified.payload).toString('utf8')) as Record<string, unknown>
      const { iss, aud, sub } = payload
      if (iss !== issuer || typeof aud !== 'string' || typeof sub !== 'string') return undefined
      const client = clients.find(aud)
      if (!client || client.disabled) return undefined
      const hint = { client: aud, sub, header: { ...verified.protectedHeader }, payload }
      heard(hint)
      return hint
    } catch {
      return undefined
    }
  }
}
