import { performance } from 'node:perf_hooks'
import { basic, type Citizen, callback, redeem, request, signIn, type TestService } from './service.ts'
import { openVisitor, type Page, type Visitor } from './visitor.ts'

// What people and agencies do on a bad day: begun before it, tried during it, tried again after it.

export interface Tried {
  readonly what: string
  readonly status: number
  /** What is not as promised: slow, no Retry-After, a cookie touched, a wrong kind of answer. */
  readonly wrong: readonly string[]
}

const LIMIT = 1000

export interface Errands {
  /** Everything once; what fails must fail honestly. */
  tryAll(): Promise<Tried[]>
  /** Signs out, and revokes a refresh token: answers what still lives afterwards. */
  endAll(): Promise<{ signOut: number; revocation: number; living: string[] }>
  /** What was begun before goes on now: the names of what doesn't. */
  goOn(): Promise<string[]>
}

/**
 * Tells how long each single answer took, less how late this process itself was meanwhile: the machine's doing, which no
 * answer is to be blamed for.
 */
function openWatch() {
  let slowest = 0
  async function watched(url: string | URL | Request, init?: RequestInit): Promise<Response> {
    const every = 20
    let late = 0
    let last = performance.now()
    const ticker = setInterval(() => {
      const now = performance.now()
      late += Math.max(0, now - last - every - 5)
      last = now
    }, every)
    const from = performance.now()
    try {
      return await fetch(url, init)
    } finally {
      clearInterval(ticker)
      slowest = Math.max(slowest, performance.now() - from - late)
    }
  }
  return {
    fetch: watched,
    /** Of all answers since it was last asked. */
    slowest() {
      const result = slowest
      slowest = 0
      return result
    },
  }
}

/** Prepares everything while the day is good. `citizens` must not have signed in within this step. */
export async function errands(at: TestService): Promise<Errands> {
  const [first, second] = at.citizens as [Citizen, Citizen]
  const watch = openWatch()
  const visitor = () => openVisitor(at.issuer, { fetch: watch.fetch })
  const known = visitor()
  const before = request(at.issuer, 'social')
  const { code: ready } = callback(await signIn(at, known, first, before))
  const tokens = await redeem(at.issuer, 'social', ready!, before.verifier)
  const unused = request(at.issuer, 'social')
  const { code } = callback(await known.open(unused.url))
  const stranger = visitor()
  const form = await stranger.open(request(at.issuer, 'tax').url)
  at.clock.advance(30_000)

  async function page(what: string, who: Visitor, work: () => Promise<Page>): Promise<Tried> {
    const before = who.cookies().map(({ name }) => name)
    watch.slowest()
    const result = await work()
    const took = watch.slowest()
    const wrong: string[] = []
    if (took > LIMIT) wrong.push(`took ${Math.round(took)} ms`)
    if (result.status >= 500) {
      if (result.status !== 503) wrong.push(`status ${result.status}`)
      if (!result.headers.get('retry-after')) wrong.push('no Retry-After')
      if (!/PRT-500[12]/.test(result.trouble ?? '')) wrong.push(`not an honest page: ${result.html.slice(0, 80)}`)
      const after = new Set(who.cookies().map(({ name }) => name))
      if (result.headers.getSetCookie().length > 0) wrong.push('a cookie was set')
      if (before.some((name) => !after.has(name))) wrong.push('a cookie was cleared')
    } else if (result.status >= 400) wrong.push(`status ${result.status} ${result.trouble}`)
    return { what, status: result.status, wrong }
  }

  async function program(what: string, path: string, init: RequestInit): Promise<Tried> {
    watch.slowest()
    const response = await watch.fetch(`${at.issuer}${path}`, { redirect: 'manual', ...init })
    const took = watch.slowest()
    const text = await response.text()
    const { status, headers } = response
    const wrong: string[] = []
    if (took > LIMIT) wrong.push(`took ${Math.round(took)} ms`)
    if (status >= 400 && path !== '/health/ready') {
      if (status !== 503) wrong.push(`status ${status} ${text.slice(0, 80)}`)
      if (!headers.get('retry-after')) wrong.push('no Retry-After')
    }
    return { what, status, wrong }
  }

  let reached: Page | undefined
  const typed = () => ({ scheme: second.scheme, person_code: second.code, code: second.oneTimeCode() })
  const exchange = () => ({
    method: 'POST',
    headers: basic('social'),
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code: code!,
      code_verifier: unused.verifier,
      redirect_uri: 'http://localhost:9/social/callback',
    }),
  })

  return {
    async tryAll() {
      const fresh = visitor()
      const tried = [
        await page('a new sign-in', fresh, () => fresh.open(request(at.issuer, 'tax').url)),
        await page('single sign-on', known, () => known.open(request(at.issuer, 'land').url)),
        await page('the form of a sign-in', stranger, async () => (reached = await stranger.submit(form, typed()))),
        await program('UserInfo', '/userinfo', { headers: { authorization: `Bearer ${tokens.access_token}` } }),
        await program('the key set', '/jwks', {}),
        await program('discovery', '/.well-known/openid-configuration', {}),
        await program('live', '/health/live', {}),
        await program('ready', '/health/ready', {}),
      ]
      return tried
    },
    async endAll() {
      const fields = { token: tokens.refresh_token!, token_type_hint: 'refresh_token' }
      const revocation = await program('revocation', '/token/revocation', {
        method: 'POST',
        headers: basic('social'),
        body: new URLSearchParams(fields),
      })
      const leaving = await known.open(`${at.issuer}/session/end`)
      const left = leaving.form ? await known.submit(leaving, { logout: 'yes' }) : leaving
      const again = await known.open(request(at.issuer, 'tax', { prompt: 'none' }).url)
      const told = await program('UserInfo', '/userinfo', {
        headers: { authorization: `Bearer ${tokens.access_token}` },
      })
      const living: string[] = []
      if (again.headers.get('location')?.includes('code=')) living.push('the session')
      if (told.status === 200) living.push('the access token')
      return { signOut: left.status, revocation: revocation.status, living }
    },
    async goOn() {
      const stuck: string[] = []
      // As a browser loads again what it could not show: the form's answer, or the address that it led on to.
      const there = reached?.headers.get('location')?.includes('code=') ? reached : undefined
      const again = reached === undefined || reached.url === form.form!.action
      const done = there ?? (again ? await stranger.submit(form, typed()) : await stranger.open(reached!.url))
      if (!done.headers.get('location')?.includes('code=')) stuck.push(`the form: ${done.status} ${done.trouble}`)
      const answer = await fetch(`${at.issuer}/token`, exchange())
      if (answer.status !== 200) stuck.push(`the code: ${answer.status} ${(await answer.text()).slice(0, 120)}`)
      const next = await known.open(request(at.issuer, 'tax').url)
      if (!next.headers.get('location')?.includes('code=')) stuck.push(`the session: ${next.status} ${next.trouble}`)
      return stuck
    },
  }
}

/** The promises that were not kept, in words. */
export const broken = (tried: readonly Tried[]): string[] =>
  tried.flatMap(({ what, wrong }) => wrong.map((words) => `${what}: ${words}`))

export const statusOf = (tried: readonly Tried[]): Record<string, number> =>
  Object.fromEntries(tried.map(({ what, status }) => [what, status]))
