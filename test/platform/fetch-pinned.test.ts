import { createHash, createPublicKey } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { openFetch } from '../../src/platform/fetch.ts'
import { serverFiles } from '../support/card-door.ts'

// A provider whose key is pinned. Both servers here show certificates that this machine trusts: what is tried is the key.

const before = getCACertificates('default')
const folder = mkdtempSync(join(tmpdir(), 'pratu-pinned-'))
let asked = 0
const servers: Server[] = []

beforeAll(async () => {
  const files = ['right', 'other'].map((name) => serverFiles(folder, name))
  setDefaultCACertificates([...before, ...files.map(({ certificate }) => readFileSync(certificate, 'utf8'))])
  for (const { certificate, key } of files) {
    const server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (_request, response) => {
      asked++
      response.end('answer')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    servers.push(server)
  }
})
afterAll(async () => {
  setDefaultCACertificates(before)
  for (const server of servers) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  rmSync(folder, { recursive: true })
})

const address = (server: Server): string => `https://localhost:${(server.address() as AddressInfo).port}/`
function keyOf(name: string): string {
  const spki = createPublicKey(readFileSync(join(folder, `${name}.crt`))).export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(spki).digest('base64')
}

async function ask(server: Server, serverKeys: readonly string[], times = 1): Promise<string> {
  const { fetch, close } = openFetch({ allow: ['localhost'], serverKeys })
  try {
    let text = ''
    for (let n = 0; n < times; n++) {
      const response = await fetch(address(server), { headers: { connection: 'close' } })
      text = await response.text()
    }
    return text
  } finally {
    await close()
  }
}

describe('where a key is pinned', () => {
  test('a server with that key is asked, time and again', async () => {
    expect(await ask(servers[0]!, [keyOf('right')], 3)).toBe('answer')
  })

  test('today’s and the next may both be named', async () => {
    expect(await ask(servers[1]!, [keyOf('right'), keyOf('other')])).toBe('answer')
  })

  test('a server with another key gets no request, however right its certificate is', async () => {
    expect(await ask(servers[1]!, [])).toBe('answer')
    const before = asked
    await expect(ask(servers[1]!, [keyOf('right')])).rejects.toThrow('shows another key than the pinned')
    expect(asked).toBe(before)
  })

  test('the key alone doesn’t do: its certificate must be trusted as ever', async () => {
    setDefaultCACertificates(before)
    await expect(ask(servers[0]!, [keyOf('right')])).rejects.toThrow('could not be reached')
  })
})
