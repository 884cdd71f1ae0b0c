import { createSecretKey } from 'node:crypto'
import { type Configuration, errors, type JWKS } from 'oidc-provider'
import { ASSERTION_ALGORITHMS, AUTH_METHODS, ID_TOKEN_ALGORITHMS } from '../clients/metadata.ts'
import { LEVELS } from '../identity/assurance.ts'
import { LANGUAGES } from '../identity/language.ts'
import { USUAL } from '../signing/vault.ts'
import type { Accounts } from './account.ts'
import { openAdapter } from './adapter.ts'
import type { Tied } from './ahead.ts'
import { METHOD_VALUE } from './assurance-request.ts'
import { checkFreshness } from './client-keys.ts'
import { checkAssertion, pairwise, type Registered } from './client-metadata.ts'
import { ATTRIBUTES, COOKIES, type Keygrip } from './cookies.ts'
import { loadGrant, mayRefresh, refreshesAfterIdle } from './grants.ts'
import { openPolicy } from './interaction-policy.ts'
import * as lifetimes from './lifetimes.ts'
import type { Needs } from './needs.ts'
import { askToLeave, renderError, sayGoodbye } from './pages.ts'
import { remaining } from './session-model.ts'
import type { Ctx } from './visit.ts'

// Every setting of the library, with its reason. Its defaults are for trying it out.

export const ROUTES = {
  authorization: '/auth',
  token: '/token',
  userinfo: '/userinfo',
  jwks: '/jwks',
  end_session: '/session/end',
  introspection: '/token/introspection',
  revocation: '/token/revocation',
  pushed_authorization_request: '/request',
} as const

/** Those of OpenID Connect; a resource has its own. */
export const scopesOf = ({ scopes }: Pick<Needs['disclosure'], 'scopes'>): string[] => [
  'openid',
  'offline_access',
  ...Object.keys(scopes),
]

/** Where a person does what an interaction asks for. */
export const interactionPath = (uid: string): string => `/login/${uid}`

interface Parts {
  readonly needs: Needs
  readonly jwks: JWKS
  readonly keygrip: Keygrip
  readonly accounts: Accounts
  readonly registered: Registered
  readonly fetchKeys: typeof globalThis.fetch
  readonly foresee: (ctx: Ctx, token: Tied) => void
}

export function configure({ needs, jwks, keygrip, accounts, registered, fetchKeys, foresee }: Parts): Configuration {
  const { issuer, artifacts, clock, disclosure, pages, session } = needs
  const now = () => Math.floor(clock.now() / 1000)
  // A raw Buffer would be made a key anew each time, at several times the price of the HMAC.
  const salt = createSecretKey(needs.pairwiseSalt)

  return {
    adapter: openAdapter({ artifacts, foresee }),
    jwks,
    routes: ROUTES,
    cookies: {
      names: COOKIES,
      long: { ...ATTRIBUTES, path: '/' },
      short: ATTRIBUTES,
      keys: keygrip,
    },

    // The code flow with PKCE and nothing else: no token ever passes through an address bar (RFC 9700 §2.1).
    responseTypes: ['code'],
    pkce: { required: (_ctx, client) => needs.production || registered(client).metadata.pkce_optional !== true },
    // To the letter: an agency that leaves it out isn't asked what it meant.
    allowOmittingSingleRegisteredRedirectUri: false,
    // A token in an address ends up in logs.
    acceptQueryParamAccessTokens: false,
    // Needs SameSite=None cookies; posted.ts does what the specifications ask for instead.
    enableHttpPostMethods: false,

    // Agencies prove themselves by a key, or by a secret of 256 bits that is kept hashed. Never by a symmetric signature:
    // who can check one can make one.
    clientAuthMethods: [...AUTH_METHODS],
    clientDefaults: {
      grant_types: ['authorization_code'],
      response_types: ['code'],
      id_token_signed_response_alg: USUAL,
      token_endpoint_auth_method: 'private_key_jwt',
    },
    enabledJWA: {
      clientAuthSigningAlgValues: [...ASSERTION_ALGORITHMS],
      // Of these, those that the key ring has a key for.
      idTokenSigningAlgValues: [...ID_TOKEN_ALGORITHMS],
      // Of features that are off; listed so that switching one on can't bring HS256 along.
      userinfoSigningAlgValues: ['ES256'],
      introspectionSigningAlgValues: ['ES256'],
      authorizationSigningAlgValues: ['ES256'],
      requestObjectSigningAlgValues: ['ES256'],
      dPoPSigningAlgValues: ['ES256'],
      attestSigningAlgValues: ['ES256'],
      idTokenEncryptionAlgValues: ['ECDH-ES'],
      userinfoEncryptionAlgValues: ['ECDH-ES'],
      introspectionEncryptionAlgValues: ['ECDH-ES'],
      authorizationEncryptionAlgValues: ['ECDH-ES'],
      requestObjectEncryptionAlgValues: ['ECDH-ES'],
    },
    assertJwtClientAuthClaimsAndHeader: async (ctx, claims, _header, client) => {
      const [tolerance, longest] = [lifetimes.CLOCK_TOLERANCE, lifetimes.ASSERTION]
      checkAssertion(claims, { issuer, now: now(), tolerance, longest })
      await checkFreshness(client, ctx.oidc.params?.client_assertion)
    },
    clockTolerance: lifetimes.CLOCK_TOLERANCE,
    // Our guarded client; the library's own guard is lost with any other fetch, and connects before it looks.
    fetch: fetchKeys,
    fetchResponseBodyLimits: { jwks_uri: 64 * 1024, sector_identifier_uri: 64 * 1024 },
    clientBasedCORS: (_ctx, origin, client) => {
      const { web_origins: origins } = registered(client).metadata
      return Array.isArray(origins) && origins.includes(origin)
    },

    // Each sector knows people by subjects of its own.
    subjectTypes: ['pairwise'],
    pairwiseIdentifier: async (_ctx, person, client) => pairwise(salt, registered(client).sector, person),
    acrValues: [...LEVELS, ...needs.methods.map((id) => METHOD_VALUE + id)],
    scopes: scopesOf(disclosure),
    // `openid` carries what every agency needs to trust a sign-in; the rest is the table of claims.
    claims: {
      openid: ['sub', 'acr', 'amr', 'auth_time'],
      ...Object.fromEntries(disclosure.claims.map((claim) => [claim, null])),
      ...Object.fromEntries(Object.entries(disclosure.scopes).map(([scope, claims]) => [scope, [...claims]])),
    },
    conformIdTokenClaims: true,
    findAccount: (ctx, person, token) => accounts.find(ctx, person, token),
    discovery: { ui_locales_supported: [...LANGUAGES], claims_locales_supported: undefined },

    interactions: { policy: openPolicy({ ...needs, registered }), url: (_ctx, { uid }) => interactionPath(uid) },
    loadExistingGrant: (ctx) => loadGrant(ctx, session),
    renderError: (ctx, out, error) => renderError(pages, ctx, out, error),

    // Tokens end with the session. Where it is agreed they outlive its idle limit, but neither its end nor the person's
    // sign-out, for both end the grant.
    expiresWithSession: async (_ctx, { clientId }) => !refreshesAfterIdle(needs, clientId),
    issueRefreshToken: async (_ctx, client) => mayRefresh(needs, client.clientId),
    // Used once: a stolen one is noticed when the second of the two comes.
    rotateRefreshToken: true,
    revokeGrantPolicy: (ctx) => ctx.oidc.route !== 'revocation' || ctx.oidc.entities.RefreshToken !== undefined,
    ttl: {
      AuthorizationCode: lifetimes.CODE,
      IdToken: lifetimes.ID_TOKEN,
      AccessToken: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? lifetimes.ACCESS_TOKEN,
      Interaction: lifetimes.INTERACTION,
      Session: (_ctx, { loginTs, acr }) => remaining({ loginTs, acr }, now(), session),
      Grant: session.absolute,
      RefreshToken: (ctx) => Math.max(1, (ctx.oidc.entities.Grant?.exp ?? now() + session.absolute) - now()),
    },

    features: {
      // Signs in anybody as anybody.
      devInteractions: { enabled: false },
      // Not offered: no issue asks for sender-constrained tokens yet, and each needs a store of proofs.
      dPoP: { enabled: false },
      claimsParameter: { enabled: true },
      userinfo: { enabled: true },
      pushedAuthorizationRequests: {
        enabled: true,
        // An agency's registration may demand it of itself (`require_pushed_authorization_requests`).
        requirePushedAuthorizationRequests: false,
        allowUnregisteredRedirectUris: false,
      },
      // The default token is for UserInfo and has no audience; `resource` makes one for somebody else, where agreed.
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: async (_ctx, uri, client) => {
          const resource = disclosure.resource(registered(client), uri)
          if (!resource) throw new errors.InvalidTarget('no agreement about this resource')
          const { format, scope } = resource
          const accessTokenTTL = format === 'jwt' ? lifetimes.RESOURCE_JWT : lifetimes.ACCESS_TOKEN
          return { scope, audience: uri, accessTokenFormat: format, accessTokenTTL, jwt: { sign: { alg: USUAL } } }
        },
      },
      introspection: {
        enabled: true,
        // Its own tokens, and those made for a resource that it guards.
        allowedPolicy: async (ctx, client, token) => {
          const aud = 'aud' in token ? token.aud : undefined
          const accountId = 'accountId' in token ? token.accountId : undefined
          if (accountId !== undefined && !(await accounts.find(ctx, accountId, token))) return false
          if (token.clientId === client.clientId) return true
          return typeof aud === 'string' && disclosure.guards(registered(client)).includes(aud)
        },
      },
      revocation: { enabled: true, allowedPolicy: async (_ctx, client, token) => token.clientId === client.clientId },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx) => askToLeave(pages, ctx),
        postLogoutSuccessSource: (ctx) => sayGoodbye(pages, ctx),
      },
      // Private keys stay in their vault. Experimental in the library, hence its exact version in package.json.
      externalSigningSupport: { enabled: true, ack: 'experimental-01' },
    },
  }
}
