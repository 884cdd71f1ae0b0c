// Reads an e-mail as a reader of mail does (RFC 5322, MIME): one part of plain text, which is all that the service sends.

export interface Message {
  readonly id: string
  readonly from: string
  readonly to: string
  readonly subject: string
  readonly text: string
}

export function readMessage(raw: Buffer): Message {
  const source = raw.toString('latin1')
  const [head = '', ...body] = source.split('\r\n\r\n')
  const headers = new Map<string, string>()
  for (const line of head.replaceAll(/\r\n[ \t]+/g, ' ').split('\r\n')) {
    const colon = line.indexOf(':')
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim())
  }
  const header = (name: string): string => words(headers.get(name) ?? '')
  const encoding = headers.get('content-transfer-encoding')?.toLowerCase()
  return {
    id: header('message-id'),
    from: header('from'),
    to: header('to'),
    subject: header('subject'),
    text: decoded(body.join('\r\n\r\n'), encoding).replaceAll('\r\n', '\n').trim(),
  }
}

/** RFC 2047; a space between two encoded words is none. */
const words = (text: string): string =>
  text
    .replaceAll(/\?=\s+=\?/g, '?==?')
    .replaceAll(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_all, how: string, word: string) =>
      how.toLowerCase() === 'b'
        ? Buffer.from(word, 'base64').toString('utf8')
        : quotedPrintable(word.replaceAll('_', ' ')).toString('utf8'),
    )

function decoded(body: string, encoding: string | undefined): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8')
  if (encoding === 'quoted-printable') return quotedPrintable(body).toString('utf8')
  return Buffer.from(body, 'latin1').toString('utf8')
}

const quotedPrintable = (text: string): Buffer =>
  Buffer.from(
    text
      .replaceAll(/=\r\n/g, '')
      .replaceAll(/=([0-9a-f]{2})/gi, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  )
