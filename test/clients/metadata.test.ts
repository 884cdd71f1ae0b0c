import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { readRegistration } from '../../src/clients/metadata.ts'
import { whole } from '../../src/clients/mistakes.ts'
import type { Json } from '../../src/identity/json.ts'
import { party, SECRET } from '../support/clients-file.ts'

const strict = { loopback: false, pkceOptional: false }

function read(changes: Record<string, Json>, bounds = strict) {
  const place = whole(party(changes))
  const registration = readRegistration(place, bounds)
  return { registration, mistakes: place.mistakes.map(({ path, problem }) => `${path} ${problem}`) }
}

const without = (name: string) => {
  const { [name]: _, ...rest } = party()
  const place = whole(rest)
  readRegistration(place, strict)
  return place.mistakes.map(({ path, problem }) => `${path} ${problem}`)
}

const publicJwk = (curve: 'P-256' | 'P-384') =>
  generateKeyPairSync('ec', { namedCurve: curve }).publicKey.export({ format: 'jwk' }) as Json
const privateJwk = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }) as Json
const rsaJwk = (modulusLength: number) =>
  generateKeyPairSync('rsa', { modulusLength }).publicKey.export({ format: 'jwk' }) as Json

const byKey = (changes: Record<string, Json> = {}) => {
  const { client_secret: _, ...rest } = party({ token_endpoint_auth_method: 'private_key_jwt', ...changes })
  const place = whole(rest)
  const registration = readRegistration(place, strict)
  return { registration, mistakes: place.mistakes.map(({ path, problem }) => `${path} ${problem}`) }
}

describe('a registration', () => {
  test('comes back in standard names with the defaults of the service, and its secret is not in the metadata', () => {
    const { registration, mistakes } = read({})
    expect(mistakes).toEqual([])
    expect(registration?.metadata).toEqual({
      application_type: 'web',
      client_name: 'Tax online',
      grant_types: ['authorization_code'],
      id_token_signed_response_alg: 'ES256',
      post_logout_redirect_uris: ['https://tax.example/'],
      redirect_uris: ['https://tax.example/callback'],
      response_types: ['code'],
      subject_type: 'pairwise',
      token_endpoint_auth_method: 'client_secret_basic',
    })
    expect(registration?.secret).toBe(SECRET)
  })

  test('can’t take an id of the service’s own parts', () => {
    expect(read({ client_id: 'pratu-me' }).mistakes).toEqual([expect.stringContaining('the service')])
    expect(read({ client_id: 'my-pratu-me' }).mistakes).toEqual([])
  })

  test('with many mistakes has each of them named with its place', () => {
    const { registration, mistakes } = read({
      client_id: 'has space',
      redirect_uris: ['http://tax.example/cb', 'https://tax.example/#x', 7],
      response_types: ['id_token'],
      grant_types: ['implicit'],
      contacts: ['nobody'],
      default_max_age: -1,
      default_acr_values: ['highest'],
      redirect_uri: 'https://tax.example/',
    })
    expect(registration).toBeUndefined()
    expect(mistakes).toEqual([
      'redirect_uri is not a known name',
      'client_id may hold letters, digits, ".", "_" and "-", and begins with a letter or digit',
      'redirect_uris[0] must begin with https://',
      'redirect_uris[1] must not have a fragment ("#")',
      'redirect_uris[2] must be a text',
      'response_types[0] must be "code"',
      'grant_types[0] must be "authorization_code" or "refresh_token"',
      'grant_types must hold "authorization_code"',
      'default_acr_values[0] must be "low" or "substantial" or "high"',
      'default_max_age must be a whole number of seconds, 0 or more',
      'contacts[0] must be an e-mail address',
    ])
  })

  test.each(['client_id', 'client_name#th', 'redirect_uris', 'token_endpoint_auth_method'])(
    'without %s is refused',
    (name) => expect(without(name)).toEqual([`${name} is missing`]),
  )

  test.each([
    ['https://tax.example', 'must be written as browsers write it: "https://tax.example/"'],
    ['https://TAX.example/cb', 'must be written as browsers write it: "https://tax.example/cb"'],
    ['https://tax.example:443/cb', 'must be written as browsers write it: "https://tax.example/cb"'],
    ['https://tax.example/a/../cb', 'must be written as browsers write it: "https://tax.example/cb"'],
    ['https://tax.example/./cb', 'must be written as browsers write it: "https://tax.example/cb"'],
    ['https:\\\\tax.example\\cb', 'must be written as browsers write it: "https://tax.example/cb"'],
    [' https://tax.example/cb', 'must be written as browsers write it: "https://tax.example/cb"'],
    ['https://ภาษี.example/cb', 'must be written as browsers write it: "https://xn--x3cs0an.example/cb"'],
    ['https://*.tax.example/cb', 'must not have a wildcard'],
    ['https://tax.example/*', 'must not have a wildcard'],
    ['https://tax.example/cb#', 'must not have a fragment'],
    ['https://user@tax.example/cb', 'must not hold a user name'],
    ['https://tax.example@evil.example/cb', 'must not hold a user name'],
    ['http://tax.example/cb', 'must begin with https://'],
    ['http://localhost:3001/cb', 'must begin with https://'],
    ['javascript:alert(1)', 'must begin with https://'],
    ['com.example.app:/cb', 'must begin with https://'],
    ['/cb', 'is not a full web address'],
    ['', 'must have 1 to 2048 characters'],
    ['https://tax.example/\u0000', 'must not hold control characters'],
  ])('may not lead back to %j', (address, problem) => {
    for (const name of ['redirect_uris', 'post_logout_redirect_uris']) {
      const { registration, mistakes } = read({ [name]: [address] })
      expect(registration).toBeUndefined()
      expect(mistakes).toEqual([expect.stringContaining(`${name}[0] ${problem}`)])
    }
  })

  test('may lead back to this machine by plain http in the demo profile, and nowhere else', () => {
    const demo = { loopback: true, pkceOptional: true }
    for (const address of ['http://localhost:3001/cb', 'http://127.0.0.1:3001/cb', 'http://[::1]:3001/cb'])
      expect(read({ redirect_uris: [address] }, demo).mistakes).toEqual([])
    for (const address of ['http://localhost.evil.example/', 'http://127.0.0.2/', 'http://tax.example/'])
      expect(read({ redirect_uris: [address] }, demo).mistakes).toHaveLength(1)
  })

  test('names the same address twice only by mistake', () => {
    const { mistakes } = read({ redirect_uris: ['https://tax.example/cb', 'https://tax.example/cb'] })
    expect(mistakes).toEqual(['redirect_uris[1] stands twice: the same as redirect_uris[0]'])
  })

  test('may leave out PKCE only where the profile lets it', () => {
    expect(read({ pkce_optional: true }).mistakes).toEqual([
      'pkce_optional is for conformance tests only and is refused here',
    ])
    expect(read({ pkce_optional: true }, { loopback: true, pkceOptional: true }).registration?.metadata).toMatchObject({
      pkce_optional: true,
    })
  })

  test('lists the origins that may call from a browser as bare origins', () => {
    expect(read({ web_origins: ['https://tax.example'] }).registration?.metadata).toMatchObject({
      web_origins: ['https://tax.example'],
    })
    for (const bad of ['https://tax.example/', 'null', '*', 'http://tax.example', 'https://TAX.example'])
      expect(read({ web_origins: [bad] }).mistakes).toHaveLength(1)
  })
})

describe('client authentication', () => {
  test.each(['client_secret_post', 'client_secret_jwt', 'none', 'tls_client_auth'])('by %s is refused', (method) => {
    expect(read({ token_endpoint_auth_method: method }).mistakes[0]).toBe(
      'token_endpoint_auth_method must be "private_key_jwt" or "client_secret_basic"',
    )
  })

  test.each(['HS256', 'HS512', 'none', 'RS256'])('with assertions signed by %s is refused', (alg) => {
    expect(byKey({ jwks: { keys: [publicJwk('P-256')] }, token_endpoint_auth_signing_alg: alg }).mistakes).toEqual([
      'token_endpoint_auth_signing_alg must be "ES256" or "PS256" or "EdDSA"',
    ])
  })

  test.each(['HS256', 'none', 'RS256'])('does not change that ID tokens are never signed by %s', (alg) => {
    expect(read({ id_token_signed_response_alg: alg }).mistakes).toEqual([
      'id_token_signed_response_alg must be "ES256" or "PS256" or "EdDSA"',
    ])
  })

  test('by keys needs exactly one of jwks and jwks_uri', () => {
    const keys = { keys: [publicJwk('P-256')] }
    expect(byKey().mistakes).toEqual([' needs exactly one of "jwks" and "jwks_uri" for private_key_jwt'])
    expect(byKey({ jwks: keys, jwks_uri: 'https://tax.example/jwks' }).mistakes).toHaveLength(1)
    expect(byKey({ jwks: keys }).registration?.metadata).toMatchObject({ jwks: keys })
    expect(byKey({ jwks_uri: 'https://tax.example/jwks' }).registration?.metadata).toMatchObject({
      jwks_uri: 'https://tax.example/jwks',
    })
  })

  test.each([
    ['a private key', privateJwk(), 'jwks.keys[0] holds a private key'],
    ['a shared secret', { kty: 'oct', k: 'c2VjcmV0' }, 'jwks.keys[0] holds a private key'],
    ['another curve', publicJwk('P-384'), 'jwks.keys[0].crv must be P-256'],
    ['a short RSA key', rsaJwk(1024), 'jwks.keys[0] is an RSA key of less than 2048 bits'],
    [
      'a point off the curve',
      { kty: 'EC', crv: 'P-256', x: 'AAAA', y: 'AAAA' },
      'jwks.keys[0] is not a usable public key',
    ],
    ['an encryption key', { ...(publicJwk('P-256') as object), use: 'enc' }, 'jwks.keys[0].use must be "sig"'],
    ['no key', 'key', 'jwks.keys[0] must be an object'],
  ])('by keys refuses %s', (_name, key, problem) => {
    const { registration, mistakes } = byKey({ jwks: { keys: [key] } })
    expect(registration).toBeUndefined()
    expect(mistakes).toEqual([expect.stringContaining(problem)])
  })

  test.each([
    ['hunter2', 'must carry 256 random bits'],
    ['a'.repeat(64), 'must carry 256 random bits'],
    [`${SECRET}+/=`, 'may hold only letters, digits'],
    [`${SECRET} x`, 'may hold only letters, digits'],
  ])('by secret refuses %j', (secret, problem) => {
    expect(read({ client_secret: secret }).mistakes).toEqual([expect.stringContaining(`client_secret ${problem}`)])
  })

  test('does not mix keys and secrets', () => {
    expect(read({ jwks_uri: 'https://tax.example/jwks' }).mistakes).toEqual([
      'jwks_uri goes with private_key_jwt, not with client_secret_basic',
    ])
    expect(
      read({ token_endpoint_auth_method: 'private_key_jwt', jwks_uri: 'https://tax.example/jwks' }).mistakes,
    ).toEqual(['client_secret goes with client_secret_basic, not with private_key_jwt'])
  })
})
