import { formOf } from './visitor.ts'

// A person who goes from site to site: cookies per host (ports share them, as in real browsers), every redirect followed.
// `visitor` stays at one site and looks closer; this one is for stories that span the agencies and the door.

export interface Answer {
  readonly status: number
  readonly url: string
  readonly headers: Headers
  readonly body: string
}

export interface Browser {
  get(url: string, headers?: Record<string, string>): Promise<Answer>
  post(url: string, fields: Record<string, string>, headers?: Record<string, string>): Promise<Answer>
  /** Fills in the page's first form and sends it. */
  submit(page: Answer, fields: Record<string, string>): Promise<Answer>
  /** One request, no redirect followed. */
  one(url: string, init?: RequestInit): Promise<Answer>
  readonly cookies: Map<string, string>
}

export function browser(): Browser {
  const cookies = new Map<string, string>()

  async function one(url: string, init: RequestInit = {}): Promise<Answer> {
    const headers = new Headers(init.headers)
    headers.set('accept', 'text/html')
    if (cookies.size > 0) headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '))
    const response = await fetch(url, { ...init, headers, redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '' || /expires=Thu, 01 Jan 1970/i.test(line)) cookies.delete(name)
      else cookies.set(name, value)
    }
    return { status: response.status, url, headers: response.headers, body: await response.text() }
  }

  async function follow(answer: Answer, headers: Record<string, string>): Promise<Answer> {
    let at = answer
    for (let hops = 0; hops < 12 && at.status >= 300 && at.status < 400; hops += 1) {
      at = await one(new URL(at.headers.get('location') ?? '', at.url).href, { headers })
    }
    return at
  }

  const post = async (url: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
    follow(await one(url, { method: 'POST', body: new URLSearchParams(fields), headers }), headers)

  return {
    cookies,
    one,
    get: async (url, headers = {}) => follow(await one(url, { headers }), headers),
    post,
    submit(page, fields) {
      const form = formOf(page.body, page.url)
      if (!form) throw new Error(`no form at ${page.url} (${page.status}): ${page.body.slice(0, 300)}`)
      return post(form.action, { ...form.fields, ...fields }, { 'sec-fetch-site': 'same-origin' })
    },
  }
}
