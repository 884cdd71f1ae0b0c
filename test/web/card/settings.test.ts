import { describe, expect, test } from '@jest/globals'
import { readConfig } from '../../../src/config.ts'
import { SettingMistakes } from '../../../src/platform/settings.ts'

const ORIGIN = { PRATU_CARD_ORIGIN: 'https://card.example' }
const TLS = { PRATU_CARD_TLS_CERT: '/etc/pratu/card.crt', PRATU_CARD_TLS_KEY: '/etc/pratu/card.key' }
const SECRET = { PRATU_CARD_PROXY_SECRET: 'a-secret-of-the-proxy-of-43-characters-0000000' }

const read = (environment: Record<string, string>) =>
  readConfig({ PRATU_PROFILE: 'demo', PRATU_CARD_ISSUERS: 'issuers', ...environment })

function mistakes(environment: Record<string, string>): readonly string[] {
  try {
    read(environment)
    return []
  } catch (error) {
    if (error instanceof SettingMistakes) return error.mistakes
    throw error
  }
}

describe('the card door is', () => {
  test('nowhere, unless it is asked for', () => {
    expect(read({}).cardDoor).toBeUndefined()
    expect(read({ PRATU_CARD_PROXY_FORM: 'client-cert' }).cardDoor).toBeUndefined()
  })

  test('at a port with a certificate of its own', () => {
    expect(read({ ...ORIGIN, ...TLS, PRATU_CARD_PORT: '8443', PRATU_LISTEN: '0.0.0.0' }).cardDoor).toEqual({
      origin: 'https://card.example',
      place: { port: 8443, address: '0.0.0.0' },
      tls: { certificate: '/etc/pratu/card.crt', key: '/etc/pratu/card.key' },
    })
  })

  test('at a port behind a proxy that knows a secret', () => {
    expect(
      read({ ...ORIGIN, ...SECRET, PRATU_CARD_PORT: '8080', PRATU_CARD_PROXY_FORM: 'client-cert' }).cardDoor,
    ).toEqual({
      origin: 'https://card.example',
      place: { port: 8080, address: '127.0.0.1' },
      proxy: { form: 'client-cert', secret: SECRET.PRATU_CARD_PROXY_SECRET },
    })
  })

  test('at a unix socket, with a secret or without', () => {
    const socket = { ...ORIGIN, PRATU_CARD_PROXY_SOCKET: '/run/pratu/card.sock' }
    const place = { path: '/run/pratu/card.sock' }
    expect(read(socket).cardDoor).toEqual({ origin: 'https://card.example', place, proxy: { form: 'nginx' } })
    expect(read({ ...socket, ...SECRET }).cardDoor?.proxy).toEqual({
      form: 'nginx',
      secret: SECRET.PRATU_CARD_PROXY_SECRET,
    })
  })
})

test.each<[string, Record<string, string>, string]>([
  ['without an address', { ...TLS, PRATU_CARD_PORT: '8443' }, 'PRATU_CARD_ORIGIN is missing'],
  [
    'without TLS',
    { ...SECRET, PRATU_CARD_PORT: '8443', PRATU_CARD_ORIGIN: 'http://card.example' },
    'PRATU_CARD_ORIGIN must begin',
  ],
  [
    'at the address of the service',
    { ...TLS, PRATU_CARD_PORT: '8443', PRATU_CARD_ORIGIN: 'https://id.example', PRATU_ISSUER: 'https://id.example' },
    'PRATU_CARD_ORIGIN must be another',
  ],
  [
    'without issuers',
    { ...ORIGIN, ...TLS, PRATU_CARD_PORT: '8443', PRATU_CARD_ISSUERS: '' },
    'PRATU_CARD_ISSUERS is missing',
  ],
  ['without a place', { ...ORIGIN, ...TLS }, 'PRATU_CARD_PORT or PRATU_CARD_PROXY_SOCKET'],
  [
    'at two places',
    { ...ORIGIN, ...SECRET, PRATU_CARD_PORT: '8443', PRATU_CARD_PROXY_SOCKET: '/run/card.sock' },
    'PRATU_CARD_PORT or PRATU_CARD_PROXY_SOCKET',
  ],
  [
    'with half a certificate',
    { ...ORIGIN, PRATU_CARD_TLS_CERT: '/card.crt', PRATU_CARD_PORT: '8443' },
    'PRATU_CARD_TLS_CERT and PRATU_CARD_TLS_KEY',
  ],
  [
    'with TLS here and at a proxy',
    { ...ORIGIN, ...TLS, ...SECRET, PRATU_CARD_PORT: '8443' },
    'PRATU_CARD_TLS_CERT: either',
  ],
  [
    'with TLS at a unix socket',
    { ...ORIGIN, ...TLS, PRATU_CARD_PROXY_SOCKET: '/run/card.sock' },
    'PRATU_CARD_TLS_CERT: either',
  ],
  ['at a port where anybody would be believed', { ...ORIGIN, PRATU_CARD_PORT: '8443' }, 'PRATU_CARD_PORT needs'],
  [
    'with a short secret',
    { ...ORIGIN, PRATU_CARD_PORT: '8443', PRATU_CARD_PROXY_SECRET: 'short' },
    'PRATU_CARD_PROXY_SECRET must',
  ],
  [
    'with a secret that no header carries',
    { ...ORIGIN, PRATU_CARD_PORT: '8443', PRATU_CARD_PROXY_SECRET: 'ก'.repeat(43) },
    'PRATU_CARD_PROXY_SECRET must',
  ],
])('a card door %s is one mistake, told at start', (_, environment, words) => {
  expect(mistakes(environment)).toEqual([expect.stringContaining(words)])
})

test('a secret stands in no message', () => {
  expect(mistakes({ PRATU_CARD_PROXY_SECRET: 'hush' }).join('\n')).not.toContain('hush')
})
