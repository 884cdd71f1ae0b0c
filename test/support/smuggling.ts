// Requests that two parties might cut apart at different places (security bar §3 row 28). Each carries a second request
// that must not be taken for one: its author has no certificate, and the second request says that he has.

export interface Vector {
  readonly name: string
  /** The bytes. `host`: of the server that is written to; `hidden`: the second request. */
  bytes(host: string, hidden: string): string
  /** Two requests plainly one after the other: allowed where connections are kept. */
  readonly plain?: true
  /**
   * nginx reads it as one after the other, and writes each anew for Pratu: its sender gets both answers, and nobody else's
   * connection is touched. Pratu alone refuses it.
   */
  readonly plainToNginx?: true
}

const CRLF = '\r\n'
const FORM = 'Content-Type: application/x-www-form-urlencoded'
const post = (host: string, lines: readonly string[], body: string): string =>
  ['POST /login/smuggled HTTP/1.1', `Host: ${host}`, FORM, ...lines, '', body].join(CRLF)
const size = (text: string): number => Buffer.byteLength(text, 'latin1')
const chunk = (text: string): string => `${size(text).toString(16)}${CRLF}${text}${CRLF}`

/** Whoever goes by Content-Length sees one request, whoever goes by chunks sees the hidden one after it. */
const byLength = (name: string, ...lines: string[]): Vector => ({
  name: `CL.TE, ${name}`,
  bytes: (host, hidden) => {
    const body = `0${CRLF}${CRLF}${hidden}`
    return post(host, [`Content-Length: ${size(body)}`, ...lines], body)
  },
})

/** The other way round: the hidden one is the content of a chunk. */
const byChunks = (name: string, ...lines: string[]): Vector => ({
  name: `TE.CL, ${name}`,
  bytes: (host, hidden) => post(host, ['Content-Length: 4', ...lines], `${chunk(hidden)}0${CRLF}${CRLF}`),
})

/** The hidden one is the body, if the length is read as it is meant. */
const length = (name: string, lines: (size: number) => readonly string[]): Vector => ({
  name: `length, ${name}`,
  bytes: (host, hidden) => post(host, lines(size(hidden)), hidden),
})

/** One chunk whose size is written strangely; the hidden one lies behind the end that some would see. */
const chunks = (name: string, body: (hidden: string) => string, plainToNginx?: true): Vector => ({
  name: `chunks, ${name}`,
  ...(plainToNginx && { plainToNginx }),
  bytes: (host, hidden) => post(host, ['Transfer-Encoding: chunked'], body(hidden)),
})

const other = (name: string, bytes: Vector['bytes'], plain?: true): Vector => ({ name, bytes, ...(plain && { plain }) })
const get = (host: string, ...lines: string[]): string =>
  ['GET /nowhere HTTP/1.1', `Host: ${host}`, ...lines].join(CRLF)
const END = CRLF + CRLF

export const VECTORS: readonly Vector[] = [
  byLength('plainly', 'Transfer-Encoding: chunked'),
  byLength('space before the colon', 'Transfer-Encoding : chunked'),
  byLength('tab before the colon', 'Transfer-Encoding\t: chunked'),
  byLength('space before the name', ' Transfer-Encoding: chunked'),
  byLength('tab before the name', '\tTransfer-Encoding: chunked'),
  byLength('another coding', 'Transfer-Encoding: xchunked'),
  byLength('identity last', 'Transfer-Encoding: chunked, identity'),
  byLength('identity first', 'Transfer-Encoding: identity, chunked'),
  byLength('gzip first', 'Transfer-Encoding: gzip, chunked'),
  byLength('chunked twice', 'Transfer-Encoding: chunked, chunked'),
  byLength('two lines, identity last', 'Transfer-Encoding: chunked', 'Transfer-Encoding: identity'),
  byLength('two lines, chunked last', 'Transfer-Encoding: x', 'Transfer-Encoding: chunked'),
  byLength('tab before the value', 'Transfer-Encoding:\tchunked'),
  byLength('vertical tab before the value', 'Transfer-Encoding:\u000bchunked'),
  byLength('form feed behind the value', 'Transfer-Encoding: chunked\u000c'),
  byLength('in quotes', 'Transfer-Encoding: "chunked"'),
  byLength('in capitals', 'TRANSFER-ENCODING: CHUNKED'),
  byLength('value in the next line', 'Transfer-Encoding:', ' chunked'),
  byLength('folded into another header', 'X: y', '\tTransfer-Encoding: chunked'),
  byLength('with a parameter', 'Transfer-Encoding: chunked;a=b'),
  byLength('with a comma', 'Transfer-Encoding: chunked,'),
  byLength('with an underscore', 'Transfer_Encoding: chunked'),
  byLength('without a hyphen', 'TransferEncoding: chunked'),
  byLength('behind a bare line feed', 'X: y\nTransfer-Encoding: chunked'),
  byLength('behind a bare carriage return', 'X: y\rTransfer-Encoding: chunked'),
  byLength('NUL in the value', 'Transfer-Encoding: chu\u0000nked'),
  byLength('NUL behind the value', 'Transfer-Encoding: chunked\u0000'),
  byLength('a byte above ASCII', 'Transfer-Encoding: \u00ffchunked'),
  byLength('named as hop by hop', 'Connection: Content-Length', 'Transfer-Encoding: chunked'),
  byChunks('plainly', 'Transfer-Encoding: chunked'),
  byChunks('space before the colon', 'Transfer-Encoding : chunked'),
  byChunks('two lines', 'Transfer-Encoding: chunked', 'Transfer-Encoding: x'),
  byChunks('behind a bare line feed', 'X: y\nTransfer-Encoding: chunked'),
  byChunks('in the next line', 'Transfer-Encoding:', '\tchunked'),
  length('twice, none first', (n) => ['Content-Length: 0', `Content-Length: ${n}`]),
  length('twice, none last', (n) => [`Content-Length: ${n}`, 'Content-Length: 0']),
  length('a list', (n) => [`Content-Length: 0, ${n}`]),
  length('with a sign', (n) => [`Content-Length: +${n}`]),
  length('negative', () => ['Content-Length: -1']),
  length('hexadecimal', (n) => [`Content-Length: 0x${n.toString(16)}`]),
  length('zeros before', (n) => [`Content-Length: 000${n}`]),
  length('an exponent', () => ['Content-Length: 1e3']),
  length('a space inside', (n) => [`Content-Length: 0 ${n}`]),
  length('space before the colon', (n) => [`Content-Length : ${n}`]),
  length('in the next line', (n) => ['Content-Length:', ` ${n}`]),
  length('more than a number holds', () => ['Content-Length: 18446744073709551616']),
  length('empty', () => ['Content-Length:']),
  length('NUL behind', (n) => [`Content-Length: ${n}\u0000`]),
  length('with an underscore, and none', (n) => [`Content_Length: 0`, `Content-Length: ${n}`]),
  chunks('extension with a bare line feed', (hidden) => `4;a\nabcd${CRLF}0${END}${hidden}`.replace(END, `${CRLF}x`)),
  chunks('extension that holds the hidden one', (hidden) => `0;${hidden.replaceAll(CRLF, '\r')}${END}`),
  chunks('size with 0x', (hidden) => `0x4${CRLF}abcd${CRLF}0${END}${hidden}`),
  chunks('size with a sign', (hidden) => `+4${CRLF}abcd${CRLF}0${END}${hidden}`),
  chunks('negative size', (hidden) => `-1${CRLF}${hidden}0${END}`),
  chunks('size that overflows', (hidden) => `10000000000000000${CRLF}${hidden}0${END}`),
  chunks('spaces behind the size', (hidden) => `4 x${CRLF}abcd${CRLF}0${END}${hidden}`, true),
  chunks('bare line feeds', (hidden) => `4\nabcd\n0\n\n${hidden}`, true),
  chunks('content longer than its size', (hidden) => `1${CRLF}abcd${CRLF}0${END}${hidden}`),
  chunks('trailers that claim a certificate', (hidden) => {
    const claims = hidden.split(CRLF).filter((line) => /^x-client/i.test(line))
    return `0${CRLF}${[...claims, 'Transfer-Encoding: chunked'].join(CRLF)}${END}`
  }),
  other('one behind the other', (host, hidden) => `${get(host)}${END}${hidden}`, true),
  other(
    'one behind the other, the first closing',
    (host, hidden) => `${get(host, 'Connection: close')}${END}${hidden}`,
  ),
  other(
    'HTTP/1.0 that wants to stay',
    (host, hidden) => `${get(host, 'Connection: keep-alive').replace('1.1', '1.0')}${END}${hidden}`,
    true,
  ),
  other('HTTP/0.9', (_, hidden) => `GET ${hidden.split(' ')[1]}${CRLF}${hidden}`),
  other('an absolute address of another host', (host, hidden) =>
    hidden.replace(/^GET /, 'GET https://other.example').replace(/Host: .*/, `Host: ${host}`),
  ),
  other('an absolute address of this host', (host, hidden) => hidden.replace(/^GET /, `GET https://${host}`)),
  other('two hosts', (host) => `${get(host, 'Host: other.example')}${END}`),
  other('a host with a path', (host, hidden) => hidden.replace(/Host: .*/, `Host: ${host}/x`)),
  other('a GET with a body', (host, hidden) => `${get(host, `Content-Length: ${size(hidden)}`)}${END}${hidden}`),
  other(
    'a GET whose length is an underscore',
    (host, hidden) => `${get(host, `Content_Length: ${size(hidden)}`, 'Connection: close')}${END}${hidden}`,
  ),
  other(
    'a folded header that holds the hidden one',
    (host, hidden) => `${get(host, `X: y${CRLF} ${hidden.trimEnd().replaceAll(CRLF, `${CRLF} `)}`)}${END}`,
  ),
  other('bare line feeds throughout', (host, hidden) =>
    `${get(host, 'Connection: close')}${END}${hidden}`.replaceAll(CRLF, '\n'),
  ),
  other('bare carriage returns throughout', (host, hidden) => `${get(host)}${END}${hidden}`.replaceAll(CRLF, '\r')),
  other('a NUL in a header', (host, hidden) => `${get(host, 'X: \u0000', 'Connection: close')}${END}${hidden}`),
  other(
    'a line feed in the address',
    (host, hidden) => `GET /nowhere\n${hidden.split(CRLF)[2]} HTTP/1.1${CRLF}Host: ${host}${END}`,
  ),
  other(
    'an escaped line end in the address',
    (host, hidden) =>
      `GET /nowhere%0d%0a${encodeURIComponent(hidden).slice(0, 500)} HTTP/1.1${CRLF}Host: ${host}${CRLF}Connection: close${END}`,
  ),
  other('a header too large', (host, hidden) => `${get(host, `X: ${'x'.repeat(70_000)}`)}${END}${hidden}`),
  other(
    'a thousand headers',
    (host, hidden) => `${get(host, ...Array.from({ length: 3_000 }, (_, n) => `X${n}: y`))}${END}${hidden}`,
  ),
  other('empty lines first', (host, hidden) => `${CRLF.repeat(3)}${get(host, 'Connection: close')}${END}${hidden}`),
  other('expecting 100 and not waiting', (host, hidden) =>
    post(host, ['Expect: 100-continue', `Content-Length: ${size(hidden)}`], hidden),
  ),
  other(
    'an upgrade to h2c',
    (host, hidden) =>
      `${get(host, 'Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__')}${END}${hidden}`,
    true,
  ),
  other(
    'an upgrade to a websocket',
    (host, hidden) =>
      `${get(host, 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAA')}${END}${hidden}`,
    true,
  ),
  other('the beginning of HTTP/2', (_, hidden) => `PRI * HTTP/2.0${END}SM${END}${hidden}`),
  other('CONNECT', (host, hidden) => `CONNECT ${host} HTTP/1.1${CRLF}Host: ${host}${END}${hidden}`),
  other(
    'hop by hop: what the proxy sets',
    (host) => `${get(host, 'Connection: close, X-Client-Verify, X-Client-Cert, X-Pratu-Card-Secret')}${END}`,
  ),
  other('the hidden one with underscores', (_, hidden) => hidden.replaceAll('X-Client-', 'X_Client_')),
  other('the hidden one alone', (_, hidden) => hidden),
  other('the hidden one with its headers twice', (_, hidden) =>
    hidden.replace(/(X-Client-Verify: SUCCESS)/, `$1${CRLF}X-Client-Verify: SUCCESS`),
  ),
]
