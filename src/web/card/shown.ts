import { createHash, timingSafeEqual, X509Certificate } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { TLSSocket } from 'node:tls'
import type { Shown } from '../../methods/smart-card/tls.ts'

// Which certificate a request to the card door came with. Where Pratu ends TLS, the handshake has it and no header is
// believed; behind a proxy one agreed form of header is, and every other spelling means that somebody tries one on.
// Judges nothing: a certificate that is read here may be anybody's, expired, or made at home.

export type Sighting =
  | { readonly saw: 'certificate'; readonly shown: Shown }
  /** The browser has none, or the person chose none. */
  | { readonly saw: 'none' }
  /** What no honest proxy and no browser sends. The word is for the log. */
  | { readonly saw: 'forgery'; readonly word: string }

export type Sight = (request: IncomingMessage) => Sighting

/**
 * How a proxy hands over the certificate: `nginx`: X-Client-Cert ($ssl_client_escaped_cert) and X-Client-Verify
 * ($ssl_client_verify); `client-cert`: RFC 9440.
 */
export type ProxyForm = 'nginx' | 'client-cert'

export interface FrontProxy {
  readonly form: ProxyForm
  /** Demanded as X-Pratu-Card-Secret of every request; absent only where nobody but the proxy reaches the door. */
  readonly secret?: string
}

/** DER bytes. The largest card certificates known are under two thousand. */
const LARGEST = 8 * 1024

const SECRET = 'x-pratu-card-secret'
const CERTIFICATE = 'x-client-cert'
const VERDICT = 'x-client-verify'
const RFC_9440 = 'client-cert'

/** Of each form, what the proxy sets; RFC 9440's chain is allowed and not read, as the issuers are configured. */
const OURS: Readonly<Record<ProxyForm, readonly string[]>> = {
  nginx: [CERTIFICATE, VERDICT, SECRET],
  'client-cert': [RFC_9440, 'client-cert-chain', SECRET],
}

/** Names under which proxies and servers have ever handed over client certificates, dashes and underscores left out. */
const CLAIMS = /client(cert|verify)|sslclient|tlsclient|mtls|^x?ssl|pratucardsecret/

/** Where Pratu ends TLS itself. The key's possession is proved by the handshake, of this connection and no earlier one. */
export function sightOfHandshake(request: IncomingMessage): Sighting {
  const forged = strange(request, [])
  if (forged !== undefined) return { saw: 'forgery', word: forged }
  const { socket } = request
  if (!(socket instanceof TLSSocket) || socket.isSessionReused()) return { saw: 'none' }
  const certificate = socket.getPeerX509Certificate()?.raw
  if (!certificate) return { saw: 'none' }
  return certificate.length > LARGEST
    ? { saw: 'forgery', word: 'too-large' }
    : { saw: 'certificate', shown: { certificate, vouched: true } }
}

/** Behind a proxy. */
export function openSightOfHeaders({ form, secret }: FrontProxy): Sight {
  const read = form === 'nginx' ? readNginx : readRfc9440
  return (request) => {
    const forged = strange(request, OURS[form])
    if (forged !== undefined) return { saw: 'forgery', word: forged }
    if (secret !== undefined && !same(one(request, SECRET), secret)) return { saw: 'forgery', word: 'no-secret' }
    return read(request)
  }
}

/** @returns why the headers are nobody's who may hand over a certificate: another spelling, or one that came twice. */
function strange({ rawHeaders, headersDistinct }: IncomingMessage, ours: readonly string[]): string | undefined {
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!.toLowerCase()
    if (!ours.includes(name) && CLAIMS.test(name.replaceAll(/[^a-z0-9]/g, ''))) return 'another-header'
  }
  return ours.some((name) => (headersDistinct[name]?.length ?? 0) > 1 && name !== 'client-cert-chain')
    ? 'twice'
    : undefined
}

const one = ({ headersDistinct }: IncomingMessage, name: string): string | undefined => headersDistinct[name]?.[0]

function readNginx(request: IncomingMessage): Sighting {
  const [verdict, escaped] = [one(request, VERDICT), one(request, CERTIFICATE)]
  if (verdict === undefined) return { saw: 'forgery', word: 'no-verdict' }
  if (verdict === 'NONE') return escaped ? { saw: 'forgery', word: 'two-answers' } : { saw: 'none' }
  if (verdict !== 'SUCCESS' && !verdict.startsWith('FAILED:')) return { saw: 'forgery', word: 'no-verdict' }
  const certificate = fromPem(escaped ?? '')
  if (!certificate) return { saw: 'forgery', word: 'no-certificate' }
  return { saw: 'certificate', shown: { certificate, vouched: verdict === 'SUCCESS' } }
}

/** RFC 9440 §2.2: one Byte Sequence (RFC 8941 §3.3.5), without parameters. */
function readRfc9440(request: IncomingMessage): Sighting {
  const field = one(request, RFC_9440)
  if (field === undefined)
    return one(request, 'client-cert-chain') === undefined ? { saw: 'none' } : { saw: 'forgery', word: 'chain-alone' }
  const [, base64] = /^:([A-Za-z0-9+/]+={0,2}):$/.exec(field) ?? []
  const certificate = base64 === undefined ? undefined : wellFormed(Buffer.from(base64, 'base64'))
  if (!certificate) return { saw: 'forgery', word: 'no-certificate' }
  return { saw: 'certificate', shown: { certificate, vouched: true } }
}

const PEM = /^-----BEGIN CERTIFICATE-----\n([A-Za-z0-9+/=\n]+)-----END CERTIFICATE-----\n?$/

/** One PEM block, percent-encoded as a URI component. */
function fromPem(escaped: string): Buffer | undefined {
  if (escaped.length > LARGEST * 3) return undefined
  let text: string
  try {
    text = decodeURIComponent(escaped)
  } catch {
    return undefined
  }
  const [, base64] = PEM.exec(text) ?? []
  return base64 === undefined ? undefined : wellFormed(Buffer.from(base64, 'base64'))
}

function wellFormed(der: Buffer): Buffer | undefined {
  if (der.length > LARGEST) return undefined
  try {
    // Bytes behind the certificate would not be part of what was checked.
    return new X509Certificate(der).raw.equals(der) ? der : undefined
  } catch {
    return undefined
  }
}

/** In constant time, whatever was sent. */
function same(sent: string | undefined, secret: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(sent ?? ''), digest(secret))
}
