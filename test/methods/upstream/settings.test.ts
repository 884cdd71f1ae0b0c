import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import { readUpstreams, UpstreamMistakes } from '../../../src/methods/upstream/settings.ts'
import { testFolder } from '../../support/folder.ts'

const folder = testFolder()
afterAll(() => folder.remove())

const thaid = {
  issuer: 'https://imauth.bora.dopa.go.th',
  client_id: 'pratu',
  client_secret: 'hush-hush',
  scope: 'openid pid ial',
  person_claim: 'pid',
  scheme: 'TH',
  level_claim: 'ial',
  levels: { '2.3': 'substantial', 3: 'high' },
}

function read(document: unknown, production = true) {
  const file = join(folder.path, 'upstreams.json')
  writeFileSync(file, typeof document === 'string' ? document : JSON.stringify(document))
  return readUpstreams(file, production)
}

function mistakes(document: unknown, production = true): readonly string[] {
  try {
    read(document, production)
  } catch (error) {
    if (error instanceof UpstreamMistakes) return error.mistakes
    throw error
  }
  return []
}

test('a service is a few lines, and the usual is taken for granted', () => {
  expect(read({ thaid })).toEqual([
    {
      id: 'thaid',
      issuer: thaid.issuer,
      clientId: 'pratu',
      clientSecret: 'hush-hush',
      auth: 'client_secret_basic',
      scope: thaid.scope,
      parameters: {},
      person: { claim: 'pid', scheme: 'TH' },
      level: { claim: 'ial', levels: { '2.3': 'substantial', '3': 'high' } },
      names: { given: 'given_name', family: 'family_name' },
      amr: ['mca'],
      nonce: 'always',
      fresh: true,
    },
  ])
})

test('a secret may lie in a file beside', () => {
  writeFileSync(join(folder.path, 'thaid.secret'), 'from-the-file\n')
  const { client_secret: _, ...rest } = thaid
  expect(read({ thaid: { ...rest, client_secret_file: 'thaid.secret' } })[0]?.clientSecret).toBe('from-the-file')
})

test('every mistake is told at once, with its place and without a secret', () => {
  const said = mistakes({
    thaid: {
      ...thaid,
      issuer: 'http://imauth.bora.dopa.go.th',
      scope: 'pid ial',
      client_secret_file: 'also.secret',
      scheme: 'XX',
      levels: { '2.3': 'very' },
      nonce: 'never',
      fresh: 'yes',
      parameters: { state: 'x' },
      issuerr: 'x',
    },
    singpass: {},
  })
  expect(said.map((line) => line.split(' ')[0])).toEqual([
    'singpass',
    'thaid.issuerr',
    'thaid.issuer',
    'thaid',
    'thaid.scope',
    'thaid.scheme',
    'thaid.levels["2.3"]',
    'thaid.parameters.state',
    'thaid.nonce',
    'thaid.fresh',
  ])
  expect(said.join('\n')).not.toContain('hush')
  expect(said.join('\n')).toContain('openid')
})

test.each([
  ['no JSON', '{ "thaid": ', 'line 1'],
  ['a list', [thaid], 'must be an object'],
  ['no levels', { thaid: { ...thaid, levels: {} } }, 'nobody could sign in'],
  ['levels that are none', { thaid: { ...thaid, levels: ['2.3'] } }, 'must be an object'],
  ['an issuer with a query', { thaid: { ...thaid, issuer: 'https://a.example/?x' } }, 'without query'],
  ['no secret', { thaid: { ...thaid, client_secret: undefined } }, 'one of client_secret and client_secret_file'],
  [
    'a secret that is not there',
    { thaid: { ...thaid, client_secret: undefined, client_secret_file: 'nowhere' } },
    'ENOENT',
  ],
])('%s is no settings', (_name, document, words) => {
  expect(mistakes(document).join('\n')).toContain(words)
})

test('a file that is not there is told as such', () => {
  expect(() => readUpstreams(join(folder.path, 'none.json'), true)).toThrow('cannot be read (ENOENT)')
})

test('plain http is for a demonstration on this machine', () => {
  const local = { thaid: { ...thaid, issuer: 'http://localhost:3003/thaid' } }
  expect(mistakes(local, true)).toHaveLength(1)
  expect(mistakes(local, false)).toEqual([])
  expect(mistakes({ thaid: { ...thaid, issuer: 'http://10.0.0.1' } }, false)).toHaveLength(1)
})
