import type { AuditLog } from '../audit/log.ts'
import type { Clients } from '../clients/client.ts'
import type { Client } from '../clients/relying-party.ts'
import type { Assurance } from '../identity/assurance.ts'
import type { ClientId, MethodId, PersonKey, RequestId } from '../identity/identifiers.ts'
import type { Json } from '../identity/json.ts'
import type { Receipts } from '../jobs/receipts.ts'
import type { Admitted } from '../login/admitted.ts'
import type { Person } from '../persons/person.ts'
import type { Clock } from '../platform/clock.ts'
import type { Db } from '../platform/db.ts'
import type { Random } from '../platform/random.ts'
import type { Keys, VersionedKey } from '../platform/seal.ts'
import type { Artifacts } from '../sessions/artifacts.ts'
import type { LiveSessions } from '../sessions/live.ts'
import type { Ring } from '../signing/ring.ts'
import type { UptakeWatch } from '../signing/uptake.ts'
import type { SessionLimits } from './lifetimes.ts'
import type { Pages } from './pages.ts'

// What the protocol engine asks of the rest of the house; compose.ts hands it over.

/** A claims request, already reduced to names: OIDC Core §5.4 and §5.5. */
export interface Question {
  readonly client: ClientId
  readonly person: PersonKey
  /** Their entry in the register, which this request has read. */
  readonly known?: Person
  readonly scopes: readonly string[]
  /** Asked for one by one, by the `claims` parameter. */
  readonly claims: readonly string[]
}

export interface Decision {
  /** What may be told now, by claim name; never more than the agreement in force names. */
  readonly release: Readonly<Record<string, Json>>
  /** Claims that the person must be asked about first. */
  readonly ask: readonly string[]
  /** The version of the agreement in force, which says on what ground each is told. */
  readonly agreement?: number
}

/** A protected resource that the agency may get access tokens for (RFC 8707). */
export interface Resource {
  readonly format: 'opaque' | 'jwt'
  /** Space-separated; may be empty. */
  readonly scope: string
}

export interface Disclosure {
  /** Which claims each scope stands for, `openid` left out. */
  readonly scopes: Readonly<Record<string, readonly string[]>>
  /** Every claim there is. */
  readonly claims: readonly string[]
  decide(question: Question): Promise<Decision>
  /** Keeps the answer, with its audit entry; `decide` knows it from then on. */
  answer(given: ConsentAnswer): Promise<void>
  /** Undefined when nothing is agreed about it. */
  resource(client: Client, uri: string): Resource | undefined
  /** Resources that the client itself guards: it may introspect the tokens made for them. */
  guards(client: Client): readonly string[]
}

/** What the agreement in force says about signing in. */
export interface Terms {
  /** The least assurance of every sign-in. */
  readonly floor: Assurance
  /** The most that any method open to this agency can prove, and that it may ask for. */
  readonly reachable: Assurance
  /** The same of each method open to this agency. */
  readonly reaches: Readonly<Partial<Record<MethodId, Assurance>>>
  /** Whether it may hold refresh tokens. */
  readonly refresh: boolean
  /** Present where those live on when the session has lain idle. */
  readonly refreshAfterIdle?: true
  /** Present where who is signed in already is asked whether to go on. */
  readonly askToContinue?: true
  /** The methods that may be used; absent: every one. */
  readonly methods?: readonly MethodId[]
  /** Present where e-residents may not sign in. */
  readonly eResidents?: false
}

/** A person's answer to the question about their data. */
export interface ConsentAnswer {
  readonly person: PersonKey
  readonly client: Client
  readonly request?: RequestId
  readonly claims: readonly string[]
  readonly answer: 'allow' | 'deny'
}

export interface Needs {
  /** `https://id.example`, without path or slash; in the demo `http://localhost:3000`. */
  readonly issuer: string
  /** The demo's exceptions (localhost.ts) and agencies without PKCE end here. */
  readonly production: boolean
  readonly db: Db
  readonly audit: Pick<AuditLog, 'append'>
  readonly artifacts: Artifacts
  readonly clock: Clock
  readonly random: Random
  readonly ring: Pick<Ring, 'keys' | 'keyFor' | 'check' | 'onChange'>
  /** How agencies take up a new key. */
  readonly uptake: Pick<UptakeWatch, 'watched' | 'redeemed' | 'returned' | 'used' | 'showed'>
  readonly clients: Pick<Clients, 'find'>
  readonly people: Admitted
  readonly disclosure: Disclosure
  terms(client: Client): Terms
  /** Every method that this service has, for discovery. */
  readonly methods: readonly MethodId[]
  /** The newest signs; all verify. */
  readonly cookieKeys: readonly VersionedKey[] | Keys
  /** Never changes: with it every agency's `sub` would. */
  readonly pairwiseSalt: Buffer
  /** The guarded client for outgoing requests. */
  readonly fetch: typeof globalThis.fetch
  readonly pages: Pages
  readonly session: SessionLimits
  /** What agencies were told. */
  readonly receipts: Pick<Receipts, 'find'>
  /** Which sessions there are; what stands on one ends with it there, and its agencies are told. */
  readonly live: Pick<LiveSessions, 'note' | 'begin' | 'end' | 'settled' | 'leave' | 'unlist'>
}
