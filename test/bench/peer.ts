import { createHash, generateKeyPairSync } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import Provider, { type Configuration, errors, type KoaContextWithOIDC } from 'oidc-provider'
import { AGENCY, CALLBACK, REFRESHING } from './agency.ts'

// What the benchmark compares with: oidc-provider as it comes, with its own store in memory, its own pages switched off
// and nothing added: no register, no audit, no one-time code. Everybody is let in. Serves until it is told to
// stop.

const [SECRET, PORT] = process.argv.slice(2)
if (SECRET === undefined || PORT === undefined) throw new Error('peer.ts SECRET PORT')

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const words = (text: unknown): string => (typeof text === 'string' ? text : '')

const configuration: Configuration = {
  clients: [
    { client_id: AGENCY, grant_types: ['authorization_code'] },
    { client_id: REFRESHING, grant_types: ['authorization_code', 'refresh_token'] },
  ].map((client) => ({
    ...client,
    client_secret: SECRET,
    redirect_uris: [CALLBACK],
    response_types: ['code'],
    token_endpoint_auth_method: 'client_secret_basic',
    id_token_signed_response_alg: 'ES256',
  })),
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'peer', alg: 'ES256', use: 'sig' }] },
  // The library signs its cookies only when it is given keys, and says that it should be given some.
  cookies: { keys: [createHash('sha256').update(SECRET).digest('base64url')] },
  enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
  pkce: { required: () => true },
  features: { devInteractions: { enabled: false }, pushedAuthorizationRequests: { enabled: false } },
  scopes: ['openid', 'profile', 'offline_access'],
  claims: { openid: ['sub'], profile: ['name', 'given_name', 'family_name'] },
  interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
  routes: { userinfo: '/userinfo' },
  // Nobody is asked for consent, as nobody is at Pratu where the law lets the data out.
  async loadExistingGrant(ctx: KoaContextWithOIDC) {
    const { client, session, provider, params } = ctx.oidc
    const known = client && session?.grantIdFor(client.clientId)
    if (known !== undefined) return provider.Grant.find(known)
    const grant = new provider.Grant({ clientId: client?.clientId ?? '', accountId: session?.accountId ?? '' })
    grant.addOIDCScope(words(params?.scope))
    await grant.save()
    return grant
  },
  findAccount: (_ctx, id) => ({
    accountId: id,
    claims: () => ({ sub: id, name: 'Somying Tuayangdee', given_name: 'Somying', family_name: 'Tuayangdee' }),
  }),
  issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
}

const provider = new Provider(`http://localhost:${PORT}`, configuration)
const serve = provider.callback()
const server = createServer((request: IncomingMessage, response: ServerResponse) => {
  if (!request.url?.startsWith('/interaction/')) return void serve(request, response)
  void page(request, response).catch((error: unknown) => {
    response.statusCode = error instanceof errors.SessionNotFound ? 400 : 500
    response.end(String(error))
  })
})
server.listen(Number(PORT), '127.0.0.1')
process.on('SIGTERM', () => process.exit())

async function page(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method === 'POST') {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const fields = new URLSearchParams(Buffer.concat(chunks).toString())
    const login = { accountId: fields.get('person_code') ?? '', amr: ['otp'] }
    return provider.interactionFinished(request, response, { login }, { mergeWithLastSubmission: false })
  }
  const { uid, params } = await provider.interactionDetails(request, response)
  response.setHeader('Content-Type', 'text/html; charset=utf-8')
  response.setHeader('Cache-Control', 'no-store')
  response.end(`<!doctype html><title>Sign in to ${words(params.client_id)}</title>
<form method="post" action="/interaction/${uid}"><input name="person_code"><input name="code"><button>Go on</button></form>`)
}
