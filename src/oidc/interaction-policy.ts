import { errors, interactionPolicy } from 'oidc-provider'
import { type Assurance, higher } from '../identity/assurance.ts'
import { type MethodId, personKey } from '../identity/identifiers.ts'
import { stillTrusted } from '../persons/still-trusted.ts'
import { words } from './account.ts'
import { meets, namedMethods, needOf } from './assurance-request.ts'
import type { Registered } from './client-metadata.ts'
import type { Needs } from './needs.ts'
import { type Ctx, visitOf } from './visit.ts'

// When somebody must do something before there is a code: prove who they are (again, or more surely), say that it is they who
// sit there, or be asked about their data. The library's own checks about levels and consent are not used: it hands a code to a session at low for
// acr_values=high, and its consent knows scopes but no agreements.

const { Check, Prompt, base } = interactionPolicy

type Parts = Pick<Needs, 'disclosure' | 'terms'> & { readonly registered: Registered }

/** Why somebody who is signed in is asked to, so that their page can say that it would be in vain. */
export const E_RESIDENT = 'e_resident'

/** Bounds what one stranger's request makes us keep; FAPI asks for 384 in state and 64 in nonce. Not less than first-request.ts lets pass. */
const LONGEST = 1024
const LONGEST_IN_ALL = 4096

export function openPolicy({ disclosure, terms, registered }: Parts): interactionPolicy.DefaultPolicy {
  /**
   * The least level that will do, and the ways where not all will: by the agreement and by the request.
   * @throws UnmetAuthenticationRequirements for what no method open to this agency can prove.
   */
  function asked({ oidc }: Ctx): { readonly need: Assurance; readonly methods?: readonly MethodId[] } {
    const { floor, reachable, reaches, methods } = terms(registered(oidc.client!))
    const acrValues = typeof oidc.params?.acr_values === 'string' ? oidc.params.acr_values : undefined
    const named = namedMethods(acrValues, Object.keys(reaches) as MethodId[])
    const most = named
      ? named.reduce<Assurance | undefined>((best, id) => highest(best, reaches[id]), undefined)
      : reachable
    const need = needOf({ acrValues, acrClaim: askedAcr(oidc.params?.claims), floor })
    if (need === 'impossible' || !meets(most, need))
      throw new errors.UnmetAuthenticationRequirements('the requested assurance cannot be reached')
    const allowed = named ?? methods
    return { need, ...(allowed && { methods: allowed }) }
  }

  const policy = base()
  const known = policy.get('login')!.checks
  const login = new Prompt(
    { name: 'login', requestable: true },
    asked,
    known.get('no_session')!,
    known.get('max_age')!,
    new Check('somebody_else', 'another person wants to sign in', 'login_required', ({ oidc: { result } }) =>
      Boolean(result?.somebodyElse && !result.login),
    ),
    new Check('size', 'the request is too large', (ctx) => {
      const lengths = Object.values(ctx.oidc.params ?? {}).map((value) => JSON.stringify(value ?? '').length)
      const named = [ctx.oidc.params?.state, ctx.oidc.params?.nonce].map((value) =>
        typeof value === 'string' ? value.length : 0,
      )
      if (named.some((length) => length > LONGEST) || lengths.reduce((sum, length) => sum + length, 0) > LONGEST_IN_ALL)
        throw new errors.InvalidRequest('a parameter is too long')
      return Check.NO_NEED_TO_PROMPT
    }),
    new Check('assurance', 'the person is not known surely enough', 'login_required', (ctx) => {
      const { need } = asked(ctx)
      if (!ctx.oidc.session?.accountId || meets(ctx.oidc.session.acr, need)) return Check.NO_NEED_TO_PROMPT
      // They have just proved themselves, as well as they could.
      if (ctx.oidc.result?.login)
        throw new errors.UnmetAuthenticationRequirements('the requested assurance was not reached')
      return Check.REQUEST_PROMPT
    }),
    // Single sign-on passes nobody who came by a way that this agency does not take.
    new Check('method', 'the person came by another way', 'login_required', (ctx) => {
      const { session, result } = ctx.oidc
      const { methods } = asked(ctx)
      if (!session?.accountId || !methods || session.amr?.some((way) => methods.some((id) => id === way)))
        return Check.NO_NEED_TO_PROMPT
      if (result?.login) throw new errors.UnmetAuthenticationRequirements('the person came by another way')
      return Check.REQUEST_PROMPT
    }),
    new Check('standing', 'the person may not sign in any more', 'login_required', (ctx) => {
      if (!ctx.oidc.session?.accountId || ctx.oidc.account) return Check.NO_NEED_TO_PROMPT
      if (ctx.oidc.result?.login) throw new errors.AccessDenied('the person may not sign in')
      return Check.REQUEST_PROMPT
    }),
    new Check('still_trusted', 'the earlier sign-in counts no more', 'login_required', async (ctx) => {
      const { session, result } = ctx.oidc
      if (!session?.accountId || result?.login) return Check.NO_NEED_TO_PROMPT
      const known = await visitOf(ctx).accounts.get(session.accountId)
      const trusted = !known || stillTrusted(known, { at: session.loginTs, amr: session.amr })
      return trusted ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT
    }),
    new Check(E_RESIDENT, 'the agency does not take e-residents', 'access_denied', async (ctx) => {
      const { client, session, result } = ctx.oidc
      const { accounts, entries, request } = visitOf(ctx)
      const person = session?.accountId
      if (!person || terms(registered(client!)).eResidents !== false) return Check.NO_NEED_TO_PROMPT
      if ((await accounts.get(person))?.kind !== 'e-resident') return Check.NO_NEED_TO_PROMPT
      if (result?.login) throw new errors.AccessDenied('the agency does not take e-residents')
      entries.push({
        type: 'sign-in.refused',
        actor: { kind: 'citizen', person: personKey(person) },
        person: personKey(person),
        client: registered(client!).id,
        ...(request && { request }),
        detail: { code: 'PRT-1610' },
      })
      return Check.REQUEST_PROMPT
    }),
    new Check('subject', 'another person was asked for', 'login_required', async (ctx) => {
      const asked = await askedSubject(ctx)
      const { session, client, provider } = ctx.oidc
      if (asked === undefined || !session?.accountId) return Check.NO_NEED_TO_PROMPT
      const claims = new provider.Claims({ sub: session.accountId }, { ctx, client: client! }).scope('openid')
      const { sub } = await claims.result()
      if (sub === asked) return Check.NO_NEED_TO_PROMPT
      // OIDC Core §3.1.2.1: never another person than the one asked for, however often they try.
      if (ctx.oidc.result?.login) throw new errors.LoginRequired('another person signed in than the one asked for')
      return Check.REQUEST_PROMPT
    }),
  )

  const goOn = new Prompt(
    { name: 'continue', requestable: false },
    new Check('signed_in', 'the person must be asked whether to go on', 'interaction_required', ({ oidc }) => {
      const { client, session, result } = oidc
      // Whoever has just proved who they are was asked more than that.
      const asked = result?.login !== undefined || result?.goOn !== undefined
      return Boolean(session?.accountId && !asked && terms(registered(client!)).askToContinue)
    }),
  )

  const consent = new Prompt(
    { name: 'consent', requestable: true },
    new Check(
      'disclosure',
      'the person must be asked about their data',
      'consent_required',
      async (ctx) => !ctx.oidc.result?.consent && (await asksIn(ctx)).length > 0,
      async (ctx) => ({ asks: await asksIn(ctx) }),
    ),
  )

  async function asksIn(ctx: Ctx): Promise<readonly string[]> {
    const { oidc } = ctx
    const person = oidc.session?.accountId
    const known = person === undefined ? undefined : await visitOf(ctx).accounts.get(person)
    if (!person) return []
    const question = {
      client: registered(oidc.client!).id,
      person: personKey(person),
      ...(known && { known }),
      scopes: words(oidc.params?.scope),
      claims: [...oidc.requestParamClaims],
    }
    return (await disclosure.decide(question)).ask
  }

  policy.clear()
  policy.add(login)
  policy.add(goOn)
  policy.add(consent)
  return policy
}

const highest = (one: Assurance | undefined, other: Assurance | undefined): Assurance | undefined =>
  one && other ? higher(one, other) : (one ?? other)

function askedAcr(claims: unknown): unknown {
  if (typeof claims !== 'string') return undefined
  return (JSON.parse(claims) as { id_token?: { acr?: unknown } }).id_token?.acr
}

/** By a verified `id_token_hint`, or by `claims.id_token.sub.value`. */
async function askedSubject({ oidc }: Ctx): Promise<unknown> {
  const { client, params, provider, entities, claims } = oidc
  // The library looks at the hint when the request comes, and forgets it until the person is back from signing in.
  const token = params?.id_token_hint
  const hint =
    entities.IdTokenHint ?? (typeof token === 'string' ? await provider.IdToken.validate(token, client!) : undefined)
  return hint?.payload.sub ?? (claims.id_token?.sub as { value?: unknown } | null | undefined)?.value
}
