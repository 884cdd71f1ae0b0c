// A browser without JavaScript, for stories over real HTTP: keeps cookies as a browser does, follows redirects inside
// one origin, reads forms as they stand in the page. It notes every Set-Cookie, so that tests can look at attributes.

interface Cookie {
  readonly name: string
  readonly value: string
  readonly path: string
  readonly attributes: string
}

export interface Form {
  readonly action: string
  readonly method: string
  readonly fields: Record<string, string>
}

export interface Page {
  readonly url: string
  readonly status: number
  readonly headers: Headers
  readonly html: string
  readonly form: Form | undefined
  /** The code of a page of trouble, PRT-nnnn. */
  readonly trouble: string | undefined
}

export interface Visitor {
  /** GET, following redirects while they stay on the visitor's own origins; the first foreign one is returned as it came (status 303, `location`). */
  open(url: string, headers?: Record<string, string>): Promise<Page>
  /** Fills in the page's form and sends it. */
  submit(page: Page, fields: Record<string, string>, headers?: Record<string, string>): Promise<Page>
  post(url: string, fields: Record<string, string> | string, headers?: Record<string, string>): Promise<Page>
  readonly setCookies: string[]
  cookies(): Cookie[]
  forget(): void
  /** The same cookies, as a second tab of the same browser sees them now. */
  adopt(cookies: readonly Cookie[]): void
  /** Every address it asked for, in order. */
  readonly trail: string[]
}

const plainText = (text: string): string =>
  text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&#34;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')

const attribute = (tag: string, name: string): string | undefined => {
  const found = new RegExp(`\\s${name}(?:="([^"]*)")?(?=[\\s>/])`, 'i').exec(tag)
  return found ? plainText(found[1] ?? '') : undefined
}

export function formOf(html: string, url: string): Form | undefined {
  const start = /<form\b[^>]*>/i.exec(html)
  if (!start) return undefined
  const body = html.slice(start.index + start[0].length, html.indexOf('</form>', start.index))
  const fields: Record<string, string> = {}
  for (const [tag] of body.matchAll(/<input\b[^>]*>/gi)) {
    const name = attribute(tag, 'name')
    if (name !== undefined && attribute(tag, 'type') !== 'submit') fields[name] = attribute(tag, 'value') ?? ''
  }
  for (const [select] of body.matchAll(/<select\b[\s\S]*?<\/select>/gi)) {
    const name = attribute(/<select\b[^>]*>/i.exec(select)?.[0] ?? '', 'name')
    const options = [...select.matchAll(/<option\b[^>]*>/gi)].map(([tag]) => tag)
    const chosen = options.find((tag) => attribute(tag, 'selected') !== undefined) ?? options[0]
    if (name !== undefined && chosen) fields[name] = attribute(chosen, 'value') ?? ''
  }
  return {
    action: new URL(attribute(start[0], 'action') || url, url).href,
    method: (attribute(start[0], 'method') ?? 'get').toUpperCase(),
    fields,
  }
}

/** A browser forgets a cookie at its time, however long ago it was set. */
function isOver({ attributes }: Cookie): boolean {
  const until = /(?:^|; )expires=([^;]+)/i.exec(attributes)?.[1]
  return until !== undefined && !/max-age=/i.test(attributes) && Date.parse(until) <= Date.now()
}

/** `fetch`: another than the global one, for a server whose certificate only this test trusts. */
export function openVisitor(
  home: string,
  options: { language?: string; fetch?: typeof globalThis.fetch } = {},
): Visitor {
  const { origin } = new URL(home)
  let jar: Cookie[] = []
  const setCookies: string[] = []
  const trail: string[] = []

  function remember(response: Response): void {
    for (const line of response.headers.getSetCookie()) {
      setCookies.push(line)
      const [pair = '', ...rest] = line.split(/;\s*/)
      const name = pair.slice(0, pair.indexOf('='))
      const value = pair.slice(pair.indexOf('=') + 1)
      const path = rest.find((part) => /^path=/i.test(part))?.slice(5) ?? '/'
      const expires = rest.find((part) => /^expires=/i.test(part))?.slice(8)
      const maxAge = rest.find((part) => /^max-age=/i.test(part))?.slice(8)
      jar = jar.filter((cookie) => !(cookie.name === name && cookie.path === path))
      const gone =
        maxAge === undefined ? expires !== undefined && Date.parse(expires) <= Date.now() : Number(maxAge) <= 0
      if (!gone) jar.push({ name, value, path, attributes: rest.join('; ') })
    }
  }

  const cookieHeader = (path: string): string =>
    jar
      .filter(
        (cookie) =>
          !isOver(cookie) &&
          (path === cookie.path || path.startsWith(cookie.path.endsWith('/') ? cookie.path : `${cookie.path}/`)),
      )
      .map((cookie) => `${cookie.name}=${cookie.value}`)
      .join('; ')

  async function go(
    method: string,
    url: string,
    body: string | undefined,
    headers: Record<string, string>,
  ): Promise<Page> {
    let next = { method, url: new URL(url, origin).href, body }
    for (let hop = 0; hop < 12; hop++) {
      trail.push(`${next.method} ${next.url}`)
      const { pathname } = new URL(next.url)
      const cookie = cookieHeader(pathname)
      const response = await (options.fetch ?? fetch)(next.url, {
        method: next.method,
        redirect: 'manual',
        headers: {
          accept: 'text/html,application/xhtml+xml,*/*;q=0.8',
          'accept-language': options.language ?? 'en',
          ...(cookie ? { cookie } : {}),
          ...(next.body === undefined
            ? {}
            : { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin', origin: 'null' }),
          ...headers,
        },
        ...(next.body === undefined ? {} : { body: next.body }),
      })
      remember(response)
      const location = response.headers.get('location')
      const html = await response.text()
      const target = location ? new URL(location, next.url) : undefined
      if (target && response.status >= 300 && response.status < 400 && target.origin === origin) {
        next = { method: 'GET', url: target.href, body: undefined }
        continue
      }
      // What the answer says it is (RFC 9110 §8.7): a sign-in's first page may come under the agency's own request.
      const within = response.headers.get('content-location')
      const itself = within === null ? next.url : new URL(within, next.url).href
      return {
        url: itself,
        status: response.status,
        headers: response.headers,
        html,
        form: formOf(html, itself),
        trouble: response.status >= 400 || /class="[^"]*trouble/.test(html) ? /PRT-\d{4}/.exec(html)?.[0] : undefined,
      }
    }
    throw new Error(`more than 12 redirects from ${url}`)
  }

  const encode = (fields: Record<string, string> | string): string =>
    typeof fields === 'string' ? fields : new URLSearchParams(fields).toString()
  return {
    open: (url, headers = {}) => go('GET', url, undefined, headers),
    submit(page, fields, headers = {}) {
      if (!page.form) throw new Error(`no form on ${page.url} (${page.status}): ${page.html.slice(0, 300)}`)
      return go(page.form.method, page.form.action, encode({ ...page.form.fields, ...fields }), headers)
    },
    post: (url, fields, headers = {}) => go('POST', url, encode(fields), headers),
    setCookies,
    cookies: () => [...jar],
    forget() {
      jar = []
    },
    adopt(cookies) {
      jar = [...cookies]
    },
    trail,
  }
}
