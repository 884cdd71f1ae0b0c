import type { IncomingMessage } from 'node:http'
import { Problem } from '../identity/trouble.ts'
import { readBody } from '../platform/request-body.ts'
import type { Hint } from './hints.ts'
import type { WebCtx } from './visit.ts'

// Requests that an agency's page makes by a form. OIDC Core §3.1.2.1 and RP-Initiated Logout §2 want POST as well as GET;
// the library's POST needs SameSite=None cookies. So a form becomes a redirect to the same address: the browser then
// comes by itself, with its Lax cookies. What is no URL's business (an ID token) is looked at before and left out.

const LIMIT = 16 * 1024

/** Parameters by name; one that stands twice keeps both, so that the library refuses it as it always does. */
type Parameters = Readonly<Record<string, string | readonly string[] | undefined>>

/** @throws Problem PRT-1007 when too large, PRT-1004 when it is no form. */
export async function readPosted(ctx: WebCtx): Promise<Parameters> {
  if (!ctx.is('application/x-www-form-urlencoded')) throw new Problem('PRT-1004')
  const text = await readText(ctx.req)
  // A question mark at the beginning would be taken away below.
  if (!isPlainForm(text) || text.startsWith('?')) throw new Problem('PRT-1004')
  const form = new URLSearchParams(text)
  return Object.fromEntries([...new Set(form.keys())].map((name) => [name, several(form.getAll(name))]))
}

const several = (values: readonly string[]): string | readonly string[] => (values.length === 1 ? values[0]! : values)

/** Printable ASCII with sound escapes of UTF-8, as every browser writes a form. */
export function isPlainForm(text: string): boolean {
  if (/[^ -~]/.test(text)) return false
  try {
    decodeURIComponent(text)
    return !/%00/.test(text)
  } catch {
    return false
  }
}

/** @throws as `readBody` does. */
export const readText = async (request: IncomingMessage): Promise<string> =>
  (await readBody(request, LIMIT)).toString('utf8')

/** The request once more, for the library, which reads bodies itself. */
export function withBody(request: IncomingMessage, body: string): IncomingMessage {
  return Object.create(request, {
    readable: { value: true },
    readableEncoding: { value: null },
    iterator: { value: () => [Buffer.from(body)] },
  })
}

/**
 * An authorization request, without who is to sign in: a person code would lie in the browser's history and in every log
 * on the way. The price: the form is not filled in beforehand; an agency that wants that pushes its request.
 */
export function withoutPerson(parameters: Parameters): Parameters {
  const { login_hint: _hint, ...rest } = parameters
  return rest
}

export function queryOf(parameters: Parameters): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters))
    for (const each of typeof value === 'string' ? [value] : (value ?? [])) query.append(name, each)
  return query.toString()
}

/**
 * A request to sign out, with its hint replaced by what it proves: the client alone. A hint that proves nothing is
 * dropped, and with it the way back: then the person is asked, and stays here (RP-Initiated Logout §2, §4).
 */
export async function withoutHint(
  parameters: Parameters,
  verify: (token: string) => Promise<Hint | undefined>,
): Promise<Parameters> {
  const { id_token_hint: token, ...rest } = parameters
  if (typeof token !== 'string') return parameters
  const hint = await verify(token)
  if (hint && (rest.client_id === undefined || rest.client_id === hint.client))
    return { ...rest, client_id: hint.client }
  const { client_id: _client, post_logout_redirect_uri: _uri, state: _state, ...unproved } = rest
  return unproved
}
