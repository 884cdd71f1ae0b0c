import { errors } from 'oidc-provider'
import { type ClientId, clientId, type SessionRef } from '../identity/identifiers.ts'
import type { TroubleCode } from '../identity/trouble.ts'
import { type Ctx, type Visit, visitOf, type WebCtx } from './visit.ts'

// The pages that stand where the library's own would: it has fixed English ones for everything a person may see. Each is
// rendered by a function that web hands over; here is decided which, and with what.

export interface OAuthError {
  readonly error: string
  readonly description?: string
}

export interface LogoutForm {
  /** POST `xsrf` here; with `logout=yes` the whole session ends, without it only the stay at `client`. */
  readonly action: string
  readonly xsrf: string
  /** The relying party that asked. */
  readonly client?: ClientId
  /** Where the person is signed in, that one included if they are. */
  readonly parties: readonly ClientId[]
}

/** A session that the person has ended everywhere. */
export interface EndedSession {
  readonly session: SessionRef
  /** Where it was used. */
  readonly parties: readonly ClientId[]
  /** The relying party that asked, and where the person is to go back to. */
  readonly client?: ClientId
  readonly back?: string
}

/** Why an agency's own call was refused, in the library's words: never a token, a secret or a person. */
export interface Refusal extends OAuthError {
  readonly client?: ClientId
  /** What the agency is not told, and its operator must be able to ask about. */
  readonly reason?: string
}

export interface Pages {
  error(
    ctx: WebCtx,
    code: TroubleCode,
    values: Readonly<Record<string, string | number>>,
    oauth: OAuthError,
  ): Promise<void> | void
  /** Carries the answer to the agency by a form of hidden fields (OAuth 2.0 Form Post Response Mode). */
  formPost(ctx: WebCtx, action: string, fields: Readonly<Record<string, string>>): Promise<void> | void
  /** Somebody else is signed in in this browser and must be signed out first: a form with these hidden fields does it. */
  switchAccount(ctx: WebCtx, form: { action: string; fields: Readonly<Record<string, string>> }): Promise<void> | void
  /** Asks whether to sign out. */
  logout(ctx: WebCtx, form: LogoutForm): Promise<void> | void
  /** An agency's server was refused; its answer is JSON and none of ours. For those whom the agency then calls. */
  refused(ctx: WebCtx, refusal: Refusal): void
  /** Signed out everywhere. May answer by a page of its own; otherwise the person goes back to whoever asked. */
  ended(ctx: WebCtx, ended: EndedSession): void
  /** Signed out, and no address to go back to. `client`: only from this one. */
  loggedOut(ctx: WebCtx, from: { readonly client?: ClientId }): Promise<void> | void
}

/** Errors of the library's that a person sees. What is ours alone is thrown right after, in assemble.ts. */
export async function renderError(
  pages: Pages,
  ctx: Ctx,
  out: { readonly error: string; readonly error_description?: string | undefined },
  error: Error,
): Promise<void> {
  visitOf(ctx).rendered = true
  const description = out.error_description
  await pages.error(ctx, troubleOf(ctx, error), {}, { error: out.error, ...(description ? { description } : {}) })
}

/** "invalid_client" is all that an agency is told; without a word here nobody could say which of ten reasons it was. */
export function noteRefusal(pages: Pages, ctx: Ctx, error: errors.OIDCProviderError): void {
  if (visitOf(ctx).rendered) return
  const { error: code, error_description: description, error_detail: reason } = error
  const client = ctx.oidc.client?.clientId
  pages.refused(ctx, {
    error: code,
    ...(description ? { description } : {}),
    ...(reason ? { reason } : {}),
    ...(client === undefined ? {} : { client: clientId(client) }),
  })
}

function troubleOf({ oidc }: Ctx, error: Error): TroubleCode {
  const leaving = oidc.route.startsWith('end_session')
  // The resume cookie is bound to one address of one browser: it didn't come, or what it names is over.
  if (error instanceof errors.SessionNotFound) return oidc.entities.Interaction ? 'PRT-1001' : resumeTrouble(error)
  if (error instanceof errors.InvalidClient) return 'PRT-3001'
  if (error instanceof errors.InvalidRedirectUri) return 'PRT-3002'
  if (error instanceof errors.InvalidRequestUri) return 'PRT-3004'
  if (error instanceof errors.InvalidClientAuth) return 'PRT-3005'
  if (leaving && oidc.params?.post_logout_redirect_uri !== undefined) return 'PRT-3002'
  if (leaving) return 'PRT-1401'
  return 'PRT-3003'
}

const resumeTrouble = ({ error_description: text }: errors.SessionNotFound): TroubleCode =>
  text === 'authorization request has expired' ? 'PRT-1002' : 'PRT-1001'

/** The library's question whether to sign out. */
export async function askToLeave(pages: Pages, ctx: Ctx): Promise<void> {
  visitOf(ctx).rendered = true
  const { client, session } = ctx.oidc
  await pages.logout(ctx, {
    action: ctx.oidc.urlFor('end_session_confirm'),
    xsrf: String(session?.state?.secret),
    parties: Object.keys(session?.authorizations ?? {}).map(clientId),
    ...(client ? { client: clientId(client.clientId) } : {}),
  })
}

export async function sayGoodbye(pages: Pages, ctx: Ctx): Promise<void> {
  visitOf(ctx).rendered = true
  const { client } = ctx.oidc
  await pages.loggedOut(ctx, client ? { client: clientId(client.clientId) } : {})
}

/** The person is on their way back to whoever asked; there may be something to see before. */
export function showEnded(pages: Pages, ctx: Ctx, { ended }: Visit): void {
  if (!ended || ctx.oidc.route !== 'end_session_confirm' || ctx.status !== 303) return
  const { client, session } = ctx.oidc
  const to = session?.state?.postLogoutRedirectUri === undefined ? undefined : ctx.response.get('Location')
  pages.ended(ctx, {
    ...ended,
    ...(client && { client: clientId(client.clientId) }),
    ...(to && { back: to }),
  })
}

/** Replaces what the library has rendered by itself; called when its answer is ready. */
export async function replaceForms(pages: Pages, ctx: Ctx, visit: Visit): Promise<void> {
  // A redirect has a body too, in case nobody follows it.
  if (visit.rendered || ctx.response.get('Location') || typeof ctx.body !== 'string') return
  if (ctx.response.type !== 'text/html') return
  const { oidc } = ctx
  if (oidc.route === 'end_session') return leaveAsNobody(ctx)
  if (visit.response) return pages.formPost(ctx, String(oidc.params?.redirect_uri), visit.response)
  const fields = { xsrf: String(oidc.session?.state?.secret), logout: 'yes' }
  return pages.switchAccount(ctx, { action: oidc.urlFor('end_session_confirm'), fields })
}

/** Nobody is signed in, so there is nothing to ask and nothing to end: on to where the sign-out would have led. */
function leaveAsNobody(ctx: Ctx): void {
  const { params } = ctx.oidc
  const back = params?.post_logout_redirect_uri
  const target = new URL(typeof back === 'string' ? back : ctx.oidc.urlFor('end_session_success'))
  if (typeof back === 'string' && typeof params?.state === 'string') target.searchParams.set('state', params.state)
  ctx.status = 303
  ctx.redirect(target.href)
}

/** The authorization response as fields of a form (RFC 9207: with the issuer, on errors too). */
export function responseOf(ctx: Ctx, out: Readonly<Record<string, unknown>>): Record<string, string> {
  const fields: Record<string, string> = {}
  for (const [name, value] of Object.entries({ ...out, iss: ctx.oidc.issuer }))
    if (typeof value === 'string') fields[name] = value
  return fields
}

export function errorResponseOf(ctx: Ctx, error: errors.OIDCProviderError): Record<string, string> {
  const { state } = ctx.oidc.params ?? ctx.query
  const { scope } = error as { scope?: string }
  return responseOf(ctx, {
    error: error.error,
    error_description: error.error_description,
    scope,
    state: state === '' ? undefined : state,
  })
}
