import { note, type Place, quoted, text } from './mistakes.ts'

// Addresses in the register are compared to the letter (RFC 9700 §2.1), so each must have one spelling only: the one
// browsers themselves would write. That alone ends tricks with `/./`, `:443`, upper case, `\` and other alphabets.

interface Bounds {
  readonly loopback: boolean
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

/** An https address, exactly as it will be compared; http only to this machine, where the bounds let it. */
export function webAddress(place: Place, bounds: Bounds): string | undefined {
  const written = text(place, 2048)
  if (written === undefined) return undefined
  const url = URL.parse(written)
  if (url === null) return note(place, 'is not a full web address such as "https://www.example.go.th/callback"')
  // Before the spelling, because each of these would also change the spelling and deserves its own words.
  if (written.includes('#')) return note(place, 'must not have a fragment ("#")')
  if (written.includes('*')) return note(place, 'must not have a wildcard ("*"): every address is registered by itself')
  if (url.username !== '' || url.password !== '') return note(place, 'must not hold a user name or password')
  if (!secure(url, bounds)) return note(place, schemeProblem(bounds))
  if (url.href !== written) return note(place, `must be written as browsers write it: ${quoted(url.href)}`)
  return written
}

/** A bare origin (`https://www.example.go.th`) for CORS: scheme, host and port, nothing after. */
export function origin(place: Place, bounds: Bounds): string | undefined {
  const written = text(place, 300)
  if (written === undefined) return undefined
  const url = URL.parse(written)
  if (url === null || url.origin !== written)
    return note(place, 'must be a bare origin such as "https://www.example.go.th"')
  if (!secure(url, bounds)) return note(place, schemeProblem(bounds))
  return written
}

const secure = (url: URL, { loopback }: Bounds): boolean =>
  url.protocol === 'https:' || (loopback && url.protocol === 'http:' && LOOPBACK.has(url.hostname))

const schemeProblem = ({ loopback }: Bounds): string =>
  loopback ? 'must begin with https:// (http:// only for localhost, 127.0.0.1 and [::1])' : 'must begin with https://'

/** The identifier of an API (RFC 8707 §2): an absolute URI without a fragment; nobody ever fetches it. */
export function resourceUri(place: Place): string | undefined {
  const written = text(place, 500)
  if (written === undefined) return undefined
  if (URL.parse(written) === null || written.includes('#') || /\s/.test(written))
    return note(place, 'must be an absolute URI without a fragment (RFC 8707)')
  return written
}
