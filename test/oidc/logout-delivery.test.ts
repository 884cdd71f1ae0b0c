import { expect, test } from '@jest/globals'
import type { Client } from '../../src/clients/relying-party.ts'
import { clientId, personKey } from '../../src/identity/identifiers.ts'
import { Problem } from '../../src/identity/trouble.ts'
import { openLogoutDelivery } from '../../src/oidc/logout-delivery.ts'
import { testClock } from '../support/clock.ts'
import { testKey } from '../support/keys.ts'

test('a node that may not sign now tells an agency nothing, so that the message is tried again', async () => {
  const asked: string[] = []
  const client = {
    id: clientId('tax'),
    sector: 'tax.example',
    metadata: { backchannel_logout_uri: 'https://tax.example/' },
  }
  const { attempt } = openLogoutDelivery({
    issuer: 'https://id.example',
    ring: {
      check: async () => Promise.reject(new Problem('PRT-5003')),
      keyFor: () => {
        throw new Error('asked for a key')
      },
    },
    clients: { find: () => client as unknown as Client },
    pairwiseSalt: testKey('pairwise'),
    ask: async (url) => {
      asked.push(url)
      throw new Error('asked')
    },
    clock: testClock(),
  })
  const payload = { client: 'tax', person: personKey('01a1fd55-7a80-7deb-9d56-97a72b46b514') }
  await expect(attempt({ id: 'one', payload, signal: new AbortController().signal })).rejects.toMatchObject({
    code: 'PRT-5003',
  })
  expect(asked).toEqual([])
})
