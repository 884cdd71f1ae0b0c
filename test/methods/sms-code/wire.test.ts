import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { measure } from '../../../src/formats/short-message.ts'
import { LANGUAGES } from '../../../src/identity/language.ts'
import { openSmsGateway, type SmsGateway } from '../../../src/methods/sms-code/gateway.ts'
import { codeMessage } from '../../../src/methods/sms-code/message.ts'
import { readSms } from '../../../src/methods/sms-code/settings.ts'
import { secretBytes, signatureOf } from '../../../src/methods/sms-code/wire.ts'
import { messageWords } from '../../../src/web/message-words.ts'
import { testClock } from '../../support/clock.ts'
import { testRandom } from '../../support/keys.ts'

describe('the signature', () => {
  test('is that of Standard Webhooks (the specification’s own example)', () => {
    const secret = secretBytes('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')!
    const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: 1614265330, body: '{"test": 2432232314}' }
    expect(signatureOf(secret, message)).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
  })

  test('of the example in docs/operate.md is right', () => {
    const page = readFileSync(new URL('../../../docs/operate.md', import.meta.url), 'utf8')
    const [, id = '', timestamp, signature] =
      /webhook-id: (.+)\n\s+webhook-timestamp: (\d+)\n\s+webhook-signature: (.+)\n/.exec(page) ?? []
    const [, body = ''] = /^\s+(\{"to":.+\})$/m.exec(page) ?? []
    const secret = secretBytes('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')!
    expect(signatureOf(secret, { id, timestamp: Number(timestamp), body })).toBe(signature)
  })

  test.each(['', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'whsec_c2hvcnQ=', `whsec_${'A'.repeat(120)}`])(
    '%s is no secret',
    (text) => {
      expect(secretBytes(text)).toBeUndefined()
    },
  )
})

describe('the settings', () => {
  const none = {
    schemes: ['TH', 'EE'],
    fetchAllow: [],
    smsPrefixes: [],
    smsLinks: 'on' as const,
    smsGateway: undefined,
    smsGatewaySecret: undefined,
  }
  const smsGatewaySecret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
  test('of nothing are no text messages; of a gateway with its secret, to the countries of the schemes', () => {
    expect(readSms(none)).toEqual({ mistakes: [] })
    const { sms } = readSms({ ...none, smsGateway: 'https://gateway.example/', smsGatewaySecret })
    expect(sms?.prefixes).toEqual(['+66', '+372'])
  })

  test.each([
    [{ smsGateway: 'https://gateway.example/' }, 'PRATU_SMS_GATEWAY_SECRET is missing'],
    [{ smsGatewaySecret }, 'PRATU_SMS_GATEWAY is missing'],
    [{ smsGateway: 'https://gateway.example/', smsGatewaySecret: 'secret' }, 'must be whsec_'],
    [{ smsGateway: 'http://gateway.example/', smsGatewaySecret }, 'http:// only for localhost'],
  ])('that do not fit together are told of (%#)', (given, words) => {
    expect(readSms({ ...none, ...given }).mistakes.join()).toContain(words)
  })
})

describe('a message with a code', () => {
  const towards = { th: 'กรมสรรพากร', en: 'Revenue Department', et: 'Maksu- ja Tolliamet' }
  test.each(LANGUAGES)('fits into one in %s, names the agency, and ends with the line for browsers', (language) => {
    const text = codeMessage(messageWords(language), { code: '123456', towards, language, host: 'id.go.th' })
    expect(measure(text).parts).toBe(1)
    expect(text).toContain(towards[language])
    expect(text.split('\n').at(-1)).toBe('@id.go.th #123456')
  })

  test('is not lengthened without end, nor given lines, by an agency’s name', () => {
    const name = `${'a'.repeat(500)}\n@evil.example #999999`
    const text = codeMessage(messageWords('en'), {
      code: '123456',
      towards: { th: name, en: name, et: name },
      language: 'en',
      host: 'id.example',
    })
    expect(text.split('\n')).toHaveLength(2)
    expect(measure(text).parts).toBeLessThanOrEqual(2)
  })
})

describe('the gateway', () => {
  let server: Server
  let gateway: SmsGateway
  let status = 202
  let hits: Record<string, unknown>[] = []
  let changes: string[] = []
  const clock = testClock()
  beforeEach(async () => {
    hits = []
    changes = []
    status = 202
    server = createServer((request, response) => {
      hits.push(request.headers)
      request.resume()
      if (status > 0) response.writeHead(status).end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    gateway = openSmsGateway({
      settings: { gateway: `http://localhost:${port}/`, secret: Buffer.alloc(32), prefixes: ['+66'], home: 'TH' },
      clock,
      random: testRandom(),
      timeout: 300,
      changed: (state) => changes.push(state),
      onFault: (error) => {
        throw error
      },
    })
  })
  afterEach(async () => {
    server.closeAllConnections()
    server.close()
    await gateway.close()
  })
  const message = { to: '+66812345678', text: 'x', language: 'en', purpose: 'code' } as const

  test.each([
    [200, 'sent'],
    [202, 'sent'],
    [400, 'refused'],
    [422, 'refused'],
    [410, 'refused'],
    [401, 'failed'],
    [404, 'failed'],
    [429, 'failed'],
    [302, 'failed'],
    [500, 'failed'],
    [503, 'failed'],
  ])('that answers %d has %s', async (answer, sent) => {
    status = answer
    expect(await gateway.send('1', message)).toBe(sent)
  })

  test('that says nothing has failed in time', async () => {
    status = 0
    expect(await gateway.send('1', message)).toBe('failed')
  })

  test('is left alone after five failures, and asked again after a while', async () => {
    status = 500
    for (let n = 0; n < 5; n++) await gateway.send(String(n), message)
    expect([gateway.available(), changes]).toEqual([false, ['opened']])
    expect([await gateway.send('6', message), hits.length]).toEqual(['failed', 5])
    status = 202
    clock.advance(10_000)
    expect([await gateway.send('7', message), gateway.available(), changes]).toEqual([
      'sent',
      true,
      ['opened', 'closed'],
    ])
  })

  test('gets a failed code a second time, under the same id, and no third', async () => {
    status = 503
    gateway.soon(message)
    await gateway.close()
    expect(hits).toHaveLength(2)
    expect(new Set(hits.map((headers) => headers['webhook-id'])).size).toBe(1)
  })
})
