import { expect, test } from '@jest/globals'
import { hashSecret, newSecret, secretMatches } from '../../src/clients/secret.ts'
import { testRandom } from '../support/keys.ts'

test('a secret matches its hash and nothing else does, least of all the hash itself', () => {
  const secret = newSecret(testRandom())
  const hash = hashSecret(secret)
  expect(Buffer.from(secret, 'base64url')).toHaveLength(32)
  expect(secretMatches(secret, hash)).toBe(true)
  expect(secretMatches(hash, hash)).toBe(false)
  expect(secretMatches(`${secret} `, hash)).toBe(false)
  expect(secretMatches('', hash)).toBe(false)
  expect(secretMatches(secret, '')).toBe(false)
})
