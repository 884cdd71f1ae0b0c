import type { AuthorizationCode } from 'oidc-provider'
import type { Entry } from '../audit/entry.ts'
import { type ClientId, clientId, type PersonKey, personKey, type RequestId } from '../identity/identifiers.ts'
import { asDetail } from '../login/seen.ts'
import { refOf } from '../sessions/live.ts'
import { type Ctx, seenOf, type Visit } from './visit.ts'

// What the engine writes into the audit, one function per act.

const by = (client: string) => ({
  actor: { kind: 'relying-party', client: clientId(client) } as const,
  client: clientId(client),
})
const inRequest = ({ request }: Visit) => (request ? { request } : {})

/** A code is about to be handed out. Without a sign-in in this very interaction it is single sign-on, and says so. */
export function codeEntries(ctx: Ctx, visit: Visit, code: AuthorizationCode): [Entry, ...Entry[]] {
  const { oidc } = ctx
  const person = personKey(code.accountId!)
  const client = clientId(code.clientId!)
  const common = { actor: { kind: 'citizen', person } as const, person, client, ...inRequest(visit) }
  const { acr, amr, authTime: auth_time, scope } = code
  const issued = codeIssued({ person, client, request: visit.request, acr, amr, authTime: auth_time, scope })
  if (oidc.result?.login) return [issued]
  const session = refOf(oidc.session!.uid)
  const seen = asDetail(seenOf(ctx))
  return [{ ...common, type: 'sign-in.single-sign-on', detail: { acr, amr, auth_time, session, ...seen } }, issued]
}

interface CodeIssued {
  readonly person: PersonKey
  readonly client: ClientId
  readonly request: RequestId | undefined
  readonly acr: string | undefined
  readonly amr: readonly string[] | undefined
  readonly authTime: number | undefined
  readonly scope: string | undefined
}

export const codeIssued = ({ person, client, request, acr, amr, authTime, scope }: CodeIssued): Entry => ({
  ...{ type: 'code.issued', actor: { kind: 'citizen', person }, person, client },
  ...(request && { request }),
  detail: { acr, amr, auth_time: authTime, scope },
})

/**
 * The answer to an agency is an error: somebody turned back, or could not be let in. Of strangers whose request ends at the
 * first look nothing is written, for they could fill the log; the protocol's own mistakes stand in the service's log.
 */
export function refusalEntry({ oidc }: Ctx, visit: Visit, error: string): Entry | undefined {
  const client = oidc.client?.clientId
  const person = oidc.session?.accountId
  const somebody = person !== undefined || oidc.route === 'resume'
  if (client === undefined || !somebody || !ABOUT_PEOPLE.includes(error)) return undefined
  const known = person === undefined ? undefined : personKey(person)
  return {
    type: 'sign-in.refused',
    actor: known ? { kind: 'citizen', person: known } : { kind: 'visitor' },
    ...(known ? { person: known } : {}),
    client: clientId(client),
    ...inRequest(visit),
    detail: { error, acr: oidc.session?.acr },
  }
}

const ABOUT_PEOPLE = ['access_denied', 'unmet_authentication_requirements', 'login_required', 'consent_required']

interface TokensIssued {
  readonly client: ClientId
  readonly person?: PersonKey
  readonly request?: RequestId | undefined
  readonly grant: string | undefined
  readonly scope: string | undefined
  readonly audience?: string | undefined
  readonly refresh?: boolean
}

export const issuedEntry = ({
  client,
  person,
  request,
  grant,
  scope,
  audience,
  refresh = false,
}: TokensIssued): Entry => ({
  ...by(client),
  ...(request && { request }),
  ...(person && { person }),
  type: 'tokens.issued',
  detail: { grant, scope, audience, refresh },
})

/** What came of a request that isn't written elsewhere; looked at when its answer is ready. */
export function outcomeEntries({ oidc, body, status }: Ctx, visit: Visit): Entry[] {
  const { entities } = oidc
  const client = entities.Client?.clientId
  const token = entities.AccessToken
  switch (oidc.route) {
    case 'token': {
      const answer = (body ?? {}) as { access_token?: string; refresh_token?: string; error?: string }
      // Only of agencies that have proved themselves: a stranger must not be able to fill the log.
      if (client === undefined || answer.error === 'invalid_client') return []
      const person = entities.Account?.accountId
      const common = { ...by(client), ...inRequest(visit), ...(person ? { person: personKey(person) } : {}) }
      const grant = oidc.params?.grant_type
      const type = typeof grant === 'string' ? grant : undefined
      if (status !== 200) return [{ ...common, type: 'tokens.refused', detail: { grant: type, error: answer.error } }]
      const audience = typeof token?.aud === 'string' ? token.aud : undefined
      const refresh = answer.refresh_token !== undefined
      return [issuedEntry({ ...common, grant: type, scope: token?.scope, audience, refresh })]
    }
    case 'revocation': {
      const revoked = entities.RefreshToken ?? token
      if (client === undefined || revoked?.clientId !== client || status !== 200) return []
      const person = personKey(revoked.accountId)
      return [{ ...by(client), ...inRequest(visit), person, type: 'tokens.revoked', detail: { kind: revoked.kind } }]
    }
    case 'end_session_confirm': {
      const person = oidc.session?.accountId
      if (status !== 303 || person === undefined) return []
      const everywhere = oidc.params?.logout !== undefined
      return [
        {
          type: 'sign-out.done',
          actor: { kind: 'citizen', person: personKey(person) },
          person: personKey(person),
          ...(client === undefined ? {} : { client: clientId(client) }),
          ...inRequest(visit),
          detail: { everywhere },
        },
      ]
    }
    default:
      return []
  }
}
