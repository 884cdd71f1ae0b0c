import type { Interaction } from 'oidc-provider'
import type { Client } from '../clients/relying-party.ts'
import type { Json } from '../identity/json.ts'
import { words } from './account.ts'
import { meets } from './assurance-request.ts'
import { interactionPath, ROUTES, scopesOf } from './configuration.ts'
import { addCookies, COOKIES, type Keygrip, signedLines } from './cookies.ts'
import { INTERACTION } from './lifetimes.ts'
import type { Needs } from './needs.ts'
import type { WebCtx } from './visit.ts'

// An agency's request (OIDC Core §3.1.2.1) as nearly every one comes: by GET, from a browser in which nobody is signed in, with
// PKCE, asking for nothing special. Whoever sends it must sign in, whatever else it says, so what the library would find out
// is known: the record of its interaction is made here as the library makes it, and read by the library later. Nothing is
// refused here: what is unusual, or not right, is left to the library, which answers the agency.

/** What a request may consist of. Of anything else, a doubled parameter included, the library knows more. */
export const PLAIN: ReadonlySet<string> = new Set([
  ...['client_id', 'response_type', 'redirect_uri', 'scope', 'state', 'nonce'],
  ...['code_challenge', 'code_challenge_method', 'ui_locales'],
])

/** What a registration may say that changes nothing about a request. */
const SILENT: ReadonlySet<string> = new Set([
  ...['client_name', 'client_uri', 'policy_uri', 'tos_uri', 'initiate_login_uri', 'contacts', 'application_type'],
  ...['redirect_uris', 'response_types', 'grant_types', 'subject_type', 'id_token_signed_response_alg'],
  ...['token_endpoint_auth_method', 'token_endpoint_auth_signing_alg', 'jwks', 'jwks_uri'],
  ...['post_logout_redirect_uris', 'backchannel_logout_uri', 'backchannel_logout_session_required'],
  ...['security_event_uri', 'web_origins', 'guards', 'pkce_optional'],
])

/** Characters of the whole request: no value in it is longer than the policy lets any be (interaction-policy.ts). */
const LONGEST = 1_024
/** RFC 6749 §3.3, RFC 7636 §4.2. */
const SCOPE = /^[\u0021\u0023-\u005b\u005d-\u007e]+(?: [\u0021\u0023-\u005b\u005d-\u007e]+)*$/
const CHALLENGE = /^[\w.~-]{43,128}$/

export type Begun = Pick<Interaction, 'uid' | 'params' | 'prompt' | 'session'> & { readonly client: Client }

type Parts = Pick<Needs, 'artifacts' | 'clients' | 'clock' | 'disclosure' | 'issuer' | 'random' | 'terms'>

/** @returns a function that keeps the interaction which a request begins, and binds it to the browser; or does nothing. */
export function openFirstRequest(
  needs: Parts & { readonly keys: Pick<Keygrip, 'sign'> },
): (ctx: WebCtx) => Promise<Begun | undefined> {
  const { artifacts, clients, clock, disclosure, issuer, keys, random, terms } = needs
  const scopes = new Set(scopesOf(disclosure))

  function usual({ query }: WebCtx): { readonly client: Client; readonly params: Record<string, string> } | undefined {
    const params: Record<string, string> = {}
    for (const [name, value] of Object.entries(query)) {
      if (!PLAIN.has(name) || typeof value !== 'string' || value === '') return undefined
      params[name] = value
    }
    const { client_id: id = '', redirect_uri: back = '', scope = '', code_challenge: challenge = '' } = params
    const client = clients.find(id)
    if (!client || client.disabled || !isSilent(client) || !listOf(client, 'redirect_uris').includes(back))
      return undefined
    const asked = words(scope)
    if (params.response_type !== 'code' || params.code_challenge_method !== 'S256') return undefined
    if (!CHALLENGE.test(challenge) || !SCOPE.test(scope)) return undefined
    if (!asked.includes('openid') || asked.includes('offline_access')) return undefined
    params.scope = [...new Set(asked)].filter((name) => scopes.has(name)).join(' ')
    return { client, params }
  }

  return async (ctx) => {
    if (ctx.querystring.length > LONGEST || ctx.cookies.get(COOKIES.session, { signed: false }) !== undefined)
      return undefined
    const found = usual(ctx)
    if (!found) return undefined
    const { client, params } = found
    const { floor, reachable, methods } = terms(client)
    if (!meets(reachable, floor)) return undefined
    const details = { need: floor, ...(methods && { methods: [...methods] }) }
    const prompt = { name: 'login', reasons: ['no_session'], details }
    const [uid, cid, now] = [random.token(128), random.token(128), Math.floor(clock.now() / 1000)]
    const resume = `${ROUTES.authorization}/${uid}`
    const record = {
      ...{ kind: 'Interaction', jti: uid, cid, iat: now, exp: now + INTERACTION },
      ...{ returnTo: `${issuer}${resume}`, prompt, params },
    }
    await artifacts.put('interaction', uid, record satisfies Json, INTERACTION)
    ctx.set('Cache-Control', 'no-store')
    const until = new Date(clock.now() + INTERACTION * 1000)
    addCookies(ctx, [
      ...signedLines(keys, COOKIES.interaction, uid, interactionPath(uid), until),
      ...signedLines(keys, COOKIES.resume, uid, resume, until),
    ])
    return { uid, params, prompt, client }
  }
}

const isSilent = ({ metadata }: Client): boolean => Object.keys(metadata).every((name) => SILENT.has(name))

const listOf = ({ metadata }: Client, name: string): readonly Json[] => {
  const { [name]: list } = metadata
  return Array.isArray(list) ? list : []
}
