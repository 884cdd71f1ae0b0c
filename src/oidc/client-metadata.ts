import { createHmac, type KeyObject } from 'node:crypto'
import type Provider from 'oidc-provider'
import { type AllClientMetadata, errors, type Client as LibraryClient } from 'oidc-provider'
import type { Client } from '../clients/relying-party.ts'
import { secretMatches } from '../clients/secret.ts'
import type { SignedFor } from '../signing/ring.ts'
import { type Algorithm, isAlgorithm, USUAL } from '../signing/vault.ts'
import type { Needs } from './needs.ts'

// Our relying parties as the library's clients. Its own look-up validates every client anew and forgets all but a
// hundred, with their key sets; ours builds one when it is first asked for and keeps it while its registration stands.

/** Whom we sign for, in the words of the key ring. */
export function signedFor({ id: client, metadata }: Client): SignedFor {
  const { id_token_signed_response_alg: alg } = metadata
  return { client, alg: isAlgorithm(alg) ? alg : USUAL }
}

/** Our registration behind a client of the library's. */
export type Registered = (client: LibraryClient) => Client

export interface ClientBook {
  readonly registered: Registered
  /** Teaches an engine to find our clients and to compare their secrets: both methods belong to the instance. */
  install(provider: Provider): void
}

export function openClientBook({ clients, random, ring }: Pick<Needs, 'clients' | 'random' | 'ring'>): ClientBook {
  const ours = new WeakMap<LibraryClient, Client>()
  const built = new WeakMap<Client, LibraryClient>()
  // The library wants a secret where one is used; what is compared is the hash, below. Random, so that it opens nothing.
  const placeholder = random.token(256)

  const registered: Registered = (client) => {
    const found = ours.get(client)
    if (!found) throw new Error(`client ${client.clientId} was not built here`)
    return found
  }

  return {
    registered,
    install(provider) {
      const Build = provider.Client as unknown as new (metadata: AllClientMetadata) => LibraryClient
      provider.Client.find = async (id) => {
        const client = typeof id === 'string' ? clients.find(id) : undefined
        if (!client || client.disabled) return undefined
        const known = built.get(client)
        if (known) return known
        const fresh = new Build(asMetadata(client, placeholder, ring.keyFor(signedFor(client))?.alg))
        ours.set(fresh, client)
        built.set(client, fresh)
        return fresh
      }
      provider.Client.prototype.compareClientSecret = function compare(this: LibraryClient, presented: string) {
        const { secretHash } = registered(this)
        return secretHash !== undefined && secretMatches(presented, secretHash)
      }
    },
  }
}

/** `alg`: with which its tokens are signed now, where it asks for one that a key ring can have. */
function asMetadata(client: Client, placeholder: string, alg: Algorithm | undefined): AllClientMetadata {
  const { web_origins: _origins, pkce_optional: _pkce, ...standard } = client.metadata
  return {
    ...(standard as AllClientMetadata),
    client_id: client.id,
    subject_type: 'pairwise',
    ...(alg && isAlgorithm(standard.id_token_signed_response_alg) ? { id_token_signed_response_alg: alg } : {}),
    // Never fetched. The library wants one where redirect addresses lie on several hosts; `pairwise` below decides.
    sector_identifier_uri: 'https://sector.invalid/',
    ...(standard.token_endpoint_auth_method === 'client_secret_basic' ? { client_secret: placeholder } : {}),
  }
}

/** The pairwise subject (OIDC Core §8.1): the same for all relying parties of one sector, unlinkable between sectors. */
export function pairwise(salt: Buffer | KeyObject, sector: string, person: string): string {
  return createHmac('sha256', salt)
    .update(JSON.stringify([sector, person]))
    .digest('base64url')
}

/** FAPI 2.0 §5.3.2.1: one audience, the issuer, as a string; times within reason. What the library checks is not repeated. */
export function checkAssertion(
  claims: Readonly<Record<string, unknown>>,
  { issuer, now, tolerance, longest }: { issuer: string; now: number; tolerance: number; longest: number },
): void {
  const refuse = (why: string): never => {
    throw new errors.InvalidClientAuth(why)
  }
  if (claims.aud !== issuer) refuse('aud (JWT audience) must be the issuer identifier, alone and as a string')
  for (const name of ['iat', 'nbf'] as const) {
    const at = claims[name]
    if (at !== undefined && (typeof at !== 'number' || at > now + tolerance)) refuse(`${name} lies in the future`)
  }
  if (typeof claims.exp !== 'number' || claims.exp > now + longest + tolerance) refuse('exp lies too far in the future')
}
