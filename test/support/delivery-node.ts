import { generateKeyPairSync, sign } from 'node:crypto'
import type { Client } from '../../src/clients/relying-party.ts'
import { clientId } from '../../src/identity/identifiers.ts'
import { openWorker } from '../../src/jobs/worker.ts'
import { openLogoutDelivery } from '../../src/oidc/logout-delivery.ts'
import { openDb } from '../../src/platform/db.ts'
import { openFetch } from '../../src/platform/fetch.ts'
import type { RingKey } from '../../src/signing/ring.ts'
import { testKey, testSealer } from './keys.ts'

// A node that does nothing but deliver, in a process of its own so that it can be killed: it looks when it is told to, at the
// time that it is told (receivers-day.ts).

const [url, receivers] = process.argv.slice(2) as [string, string]
let now = 0
const clock = { now: () => now }
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const key = {
  ...{ kid: 'k1', alg: 'ES256' },
  sign: async (data: Uint8Array) => sign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' }),
} as unknown as RingKey
const find = (id: string) =>
  ({ id: clientId(id), sector: id, metadata: { backchannel_logout_uri: `${receivers}/${id}` } }) as unknown as Client
const { db } = openDb({ url, patience: 0 })
const worker = openWorker({
  ...{ db, clock, sealer: testSealer(), lookEvery: 0 },
  kinds: [
    openLogoutDelivery({
      ...{ issuer: 'https://id.example', clock, ring: { check: async () => {}, keyFor: () => key }, clients: { find } },
      ...{ pairwiseSalt: testKey('pairwise'), ask: openFetch({ allow: ['127.0.0.1'], timeout: 100 }).ask },
    }),
  ],
  onFault(kind, error) {
    process.stderr.write(`${kind}: ${String(error)}\n`)
  },
})

process.on('message', (told: { readonly now: number; readonly seeks: boolean }) => {
  now = told.now
  void (async () => {
    if (told.seeks) await worker.seek(db)
    await worker.look()
    process.send!('looked')
  })()
})
process.send!('ready')
