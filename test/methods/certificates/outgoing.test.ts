import { type AddressInfo, createServer, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { readCertificate } from '../../../src/formats/certificate.ts'
import { issuerOf } from '../../../src/methods/certificates/issuers.ts'
import { openOutgoing } from '../../../src/methods/certificates/outgoing.ts'
import { openRevocation } from '../../../src/methods/certificates/revocation.ts'
import { pause } from '../../../src/platform/clock.ts'
import { testCardCa } from '../../support/cards.ts'
import { testClock } from '../../support/clock.ts'
import { testRandom } from '../../support/keys.ts'

// What a responder that hangs costs in connections, counted by itself.

const open = new Set<Socket>()
const server = createServer((socket) => {
  open.add(socket)
  socket.resume()
  socket.on('error', () => {}).on('close', () => void open.delete(socket))
})
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)))
afterAll(() => {
  for (const socket of open) socket.destroy()
  server.close()
})

async function reached(count: number): Promise<void> {
  for (let looks = 0; open.size !== count && looks < 200; looks++) await pause(10)
  expect(open.size).toBe(count)
}

test('a responder that hangs holds as many connections as may wait in all, however many issuers it answers for, and no longer', async () => {
  const clock = testClock()
  const ca = testCardCa({ clock })
  const [root, issuing, card] = [ca.root, ca.issuing, ca.card()].map(({ certificate }) => readCertificate(certificate)!)
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const known = { ...issuerOf(issuing!, [root!]), ocsp: [{ url, nonce: true }] }
  const issuers = ['one', 'two', 'three'].map((id) => ({ ...known, id }))
  const outgoing = openOutgoing({ issuers, allow: [] })
  const revocation = openRevocation({
    ...{ issuers, outgoing, clock, random: testRandom() },
    patience: { one: 2_000, all: 2_000 },
    breaker: { failures: 10_000 },
  })
  try {
    // Twice: whoever gave up has let go of theirs.
    for (let burst = 0; burst < 2; burst++) {
      const asked = issuers.flatMap((issuer) => Array.from({ length: 140 }, () => revocation.check(card!, issuer)))
      await reached(192)
      await pause(500)
      expect(open.size).toBe(192)
      // Eight more than that wait, the last issuer's own, for a connection.
      const words = (await Promise.all(asked)).map((found) => (found.good ? 'good' : found.because))
      expect(words.filter((word) => word === 'ocsp-unreachable')).toHaveLength(200)
      await reached(0)
    }
  } finally {
    await revocation.close()
    await outgoing.close()
  }
})
