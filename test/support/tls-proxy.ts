import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { request } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { makeCertificate } from '../../src/demo/cards/certificate.ts'

/** What stands before Pratu in production: TLS ends here, the rest is passed on over plain loopback. */
export interface TlsProxy {
  readonly port: number
  /** PEM, for whoever is to trust it. */
  readonly certificate: string
  /** Where requests go from now on; null: nowhere. */
  to(port: number | null): void
  close(): Promise<void>
}

export async function tlsProxy(): Promise<TlsProxy> {
  const { certificate, key } = selfSigned()
  let target: number | null = null
  const server = createServer({ cert: certificate, key }, (incoming, outgoing) => {
    if (target === null) return outgoing.writeHead(502).end()
    const headers = { ...incoming.headers, 'x-forwarded-for': '203.0.113.7', 'x-forwarded-proto': 'https' }
    const onward = request(
      { host: '127.0.0.1', port: target, method: incoming.method, path: incoming.url, headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(outgoing)
      },
    )
    onward.on('error', () => outgoing.writeHead(502).end())
    incoming.pipe(onward)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    certificate,
    to(port) {
      target = port
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function selfSigned(): { certificate: string; key: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const subject = [['CN', 'localhost']] as const
  const contents = {
    subject,
    publicKey,
    serial: Buffer.of(1),
    notBefore: Date.parse('2020-01-01T00:00:00Z'),
    notAfter: Date.parse('2049-01-01T00:00:00Z'),
    hosts: ['localhost'],
  }
  const certificate = new X509Certificate(makeCertificate(contents, { subject, key: privateKey })).toString()
  return { certificate, key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })) }
}
