import type { Interaction as LibraryInteraction } from 'oidc-provider'
import type { Client } from '../clients/relying-party.ts'
import { type Assurance, isAssurance, LEVELS } from '../identity/assurance.ts'
import { type InteractionId, interactionId, type MethodId, type PersonKey, personKey } from '../identity/identifiers.ts'
import type { TroubleCode } from '../identity/trouble.ts'
import { E_RESIDENT } from './interaction-policy.ts'
import type { Terms } from './needs.ts'

// An interaction as the pages see it: what of the library's record, of the agency and of its agreement they need.

/** What a person must do before an agency gets its answer. */
export interface Interaction {
  readonly id: InteractionId
  readonly client: Client
  readonly prompt: 'login' | 'continue' | 'consent'
  /** The least assurance that will do. */
  readonly need: Assurance
  /** Somebody is signed in, but must prove it again (prompt=login, max_age, a higher level). */
  readonly forced: boolean
  readonly loginHint?: string
  readonly uiLocales?: string
  readonly signedInAs?: PersonKey
  /** The methods that the agency's agreement allows; absent: every one. */
  readonly methods?: readonly MethodId[]
  /** The agency's agreement excludes e-residents. */
  readonly noEResidents?: true
  /** Who is signed in may not go on to this agency, and this is why. */
  readonly excluded?: TroubleCode
  /** For consent: the claims to ask about, by name. */
  readonly asks?: readonly string[]
  /** What the agency asked to learn: scopes, and the `claims` parameter (OIDC Core §5.5). */
  readonly requested: { readonly scopes: readonly string[]; readonly claims?: ClaimsRequest }
}

export interface ClaimsRequest {
  readonly id_token?: Readonly<Record<string, unknown>> | null
  readonly userinfo?: Readonly<Record<string, unknown>> | null
}

export function viewOf(
  { uid, params, prompt, session }: Pick<LibraryInteraction, 'uid' | 'params' | 'prompt' | 'session'>,
  client: Client,
  { methods: agreed, eResidents }: Terms,
): Interaction {
  const details = prompt.details as { need?: unknown; methods?: readonly MethodId[]; asks?: readonly string[] }
  const { need, asks } = details
  // As they were asked for, less what the agreement has lost since.
  const methods = details.methods?.filter((id) => !agreed || agreed.includes(id)) ?? agreed
  const signedInAs = session?.accountId
  const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)
  const [loginHint, uiLocales] = [text(params.login_hint), text(params.ui_locales)]
  return {
    id: interactionId(uid),
    client,
    prompt: prompt.name === 'consent' || prompt.name === 'continue' ? prompt.name : 'login',
    need: isAssurance(need) ? need : LEVELS[0],
    forced: prompt.name === 'login' && signedInAs !== undefined,
    ...(loginHint === undefined ? {} : { loginHint }),
    ...(uiLocales === undefined ? {} : { uiLocales }),
    ...(signedInAs === undefined ? {} : { signedInAs: personKey(signedInAs) }),
    ...(methods === undefined ? {} : { methods }),
    ...(eResidents === false ? { noEResidents: true } : {}),
    ...(prompt.reasons.includes(E_RESIDENT) ? { excluded: 'PRT-1610' } : {}),
    ...(asks === undefined ? {} : { asks }),
    requested: {
      scopes: text(params.scope)?.split(' ') ?? [],
      // Checked by the library when the request came.
      ...(text(params.claims) ? { claims: JSON.parse(String(params.claims)) as ClaimsRequest } : {}),
    },
  }
}
