import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'

// A small OpenID provider that does as it is told: for tests of relying parties, which must see refusals, wrong nonces
// and silence that a correct provider never gives them. A real server on loopback.

export interface FakeProvider {
  readonly issuer: string
  /** What the next requests are answered with; change it at any time. */
  next: {
    /** The OAuth error that /authorize sends back instead of a code. */
    error?: string
    /** The nonce put into the ID token instead of the one asked for. */
    nonce?: string
    /** Claims beside the protocol's own. */
    idToken: Record<string, unknown>
    userInfo: Record<string, unknown>
    /** Status of every answer, discovery included. */
    down?: number
  }
  /** Every request in order, as `METHOD /path`. */
  readonly seen: { readonly line: string; readonly fields: URLSearchParams; readonly authorization?: string }[]
  close(): Promise<void>
}

export async function fakeProvider(): Promise<FakeProvider> {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const jwk: JWK = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }
  const asked = new Map<string, URLSearchParams>()
  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`
  const provider: FakeProvider = {
    issuer,
    next: { idToken: {}, userInfo: {} },
    seen: [],
    close() {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', issuer)
    const fields = request.method === 'POST' ? new URLSearchParams(await text(request)) : url.searchParams
    const { authorization } = request.headers
    provider.seen.push({ line: `${request.method} ${url.pathname}`, fields, ...(authorization && { authorization }) })
    if (provider.next.down) return json(response, { error: 'temporarily_unavailable' }, provider.next.down)
    if (url.pathname === '/.well-known/openid-configuration') return json(response, discovery())
    if (url.pathname === '/jwks') return json(response, { keys: [jwk] })
    if (url.pathname === '/pushed') return json(response, push(fields), 201)
    if (url.pathname === '/authorize') return authorize(fields, response)
    if (url.pathname === '/token') return json(response, await tokens(fields))
    if (url.pathname === '/userinfo') return json(response, { sub: 'sub-1', ...provider.next.userInfo })
    json(response, {}, 404)
  }

  const discovery = () => ({
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    pushed_authorization_request_endpoint: `${issuer}/pushed`,
    token_endpoint: `${issuer}/token`,
    userinfo_endpoint: `${issuer}/userinfo`,
    end_session_endpoint: `${issuer}/end`,
    jwks_uri: `${issuer}/jwks`,
    response_types_supported: ['code'],
    authorization_response_iss_parameter_supported: true,
  })

  function push(fields: URLSearchParams) {
    const uri = `urn:ietf:params:oauth:request_uri:${asked.size}`
    asked.set(uri, fields)
    return { request_uri: uri, expires_in: 60 }
  }

  function authorize(fields: URLSearchParams, response: ServerResponse): void {
    const request = asked.get(fields.get('request_uri') ?? '') ?? fields
    const back = new URL(request.get('redirect_uri') ?? '')
    back.searchParams.set('state', request.get('state') ?? '')
    back.searchParams.set('iss', issuer)
    if (provider.next.error) back.searchParams.set('error', provider.next.error)
    else {
      const code = `code-${asked.size}`
      asked.set(code, request)
      back.searchParams.set('code', code)
    }
    response.writeHead(303, { location: back.href }).end()
  }

  async function tokens(fields: URLSearchParams) {
    const request = asked.get(fields.get('code') ?? '')
    const challenge = createHash('sha256')
      .update(fields.get('code_verifier') ?? '')
      .digest('base64url')
    if (!request || challenge !== request.get('code_challenge')) return { error: 'invalid_grant' }
    const nonce = provider.next.nonce ?? request.get('nonce')
    const idToken = await new SignJWT({ nonce, ...provider.next.idToken })
      .setProtectedHeader({ alg: 'ES256', kid: 'one' })
      .setIssuer(issuer)
      .setAudience(request.get('client_id') ?? '')
      .setSubject('sub-1')
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(privateKey)
    return { access_token: 'access', token_type: 'Bearer', expires_in: 300, id_token: idToken }
  }

  return provider
}

async function text(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString()
}

function json(response: ServerResponse, body: object, status = 200): void {
  const failed = 'error' in body && status === 200
  response.writeHead(failed ? 400 : status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
