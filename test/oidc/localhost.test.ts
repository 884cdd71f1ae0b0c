import { describe, expect, test } from '@jest/globals'
import { cardOrigin, checkIssuer } from '../../src/oidc/localhost.ts'

describe('the demo’s http://localhost', () => {
  test('is an issuer in the demo alone, and no other http address is one anywhere', () => {
    expect(() => checkIssuer('http://localhost:3000', false)).not.toThrow()
    expect(() => checkIssuer('http://localhost:3000', true)).toThrow(/must be https/)
    expect(() => checkIssuer('http://localhost.example', false)).toThrow(/must be https/)
    expect(() => checkIssuer('https://id.example', true)).not.toThrow()
  })

  test.each([
    ['http://localhost:3000', 'https://localhost:3000'],
    ['http://localhost', 'https://localhost'],
    ['https://id.example', 'https://id.example'],
    ['https://localhost:8443', 'https://localhost:8443'],
    // Neither is a name of this machine: nothing is promised about them.
    ['http://localhost.example', 'http://localhost.example'],
    ['http://127.0.0.1:3000', 'http://127.0.0.1:3000'],
  ])('a card that signs in at %s signs %s', (issuer, origin) => {
    expect(cardOrigin(issuer)).toBe(origin)
  })
})
