import { REFRESHING } from './agency.ts'
import { authorize, type Browser, openBrowser, redeem, request, type Target, tokens, userInfo } from './browser.ts'
import type { Citizen } from './ground.ts'

// The kinds of work that are measured. Each readies what one stretch will use up before the stretch begins.

export const KINDS = ['sign-in', 'sso', 'token', 'refresh'] as const
export type Kind = (typeof KINDS)[number]

export interface Work {
  /** Not measured: what the next stretch needs. */
  prepare(): Promise<void>
  /** Undefined when what was readied is used up. */
  piece(): Promise<void> | undefined
}

interface Needs {
  readonly target: Target
  /** Somebody whose turn it is. */
  readonly next: () => Citizen
}

const SESSIONS = 64
/** The peer's store in memory forgets whatever is older than the newest thousand records. */
const CODES = 400

export function openWork(kind: Kind, needs: Needs): Work {
  return { 'sign-in': signIn, sso, token, refresh }[kind](needs)
}

function signIn({ target, next }: Needs): Work {
  return {
    prepare: async () => {},
    async piece() {
      const browser = openBrowser(target)
      const asked = request()
      const code = await authorize(browser, asked, next())
      await userInfo(browser, await redeem(browser, code, asked))
    },
  }
}

/** Browsers in which somebody is signed in; each serves one request at a time. */
async function signedIn({ target, next }: Needs, idle: Browser[]): Promise<void> {
  while (idle.length < SESSIONS) {
    const browser = openBrowser(target)
    await authorize(browser, request(), next())
    idle.push(browser)
  }
}

function sso(needs: Needs): Work {
  const idle: Browser[] = []
  return {
    prepare: () => signedIn(needs, idle),
    piece() {
      const browser = idle.shift()
      return browser && authorize(browser, request()).then(() => void idle.push(browser))
    },
  }
}

function token(needs: Needs): Work {
  const idle: Browser[] = []
  const ready: (() => Promise<void>)[] = []
  return {
    async prepare() {
      await signedIn(needs, idle)
      ready.length = 0
      await Promise.all(
        idle.slice(0, 8).map(async (browser) => {
          while (ready.length < CODES) {
            const asked = request()
            const code = await authorize(browser, asked)
            ready.push(() => redeem(browser, code, asked).then(() => undefined))
          }
        }),
      )
    },
    piece: () => ready.pop()?.(),
  }
}

function refresh({ target, next }: Needs): Work {
  const idle: { readonly browser: Browser; readonly token: string }[] = []
  return {
    async prepare() {
      while (idle.length < SESSIONS) {
        const browser = openBrowser(target)
        const asked = request(REFRESHING)
        const code = await authorize(browser, asked, next())
        const { refresh_token: first } = await redeem(browser, code, asked)
        if (first === undefined) throw new Error(`${target.name} gave no refresh token`)
        idle.push({ browser, token: first })
      }
    },
    async piece() {
      const { browser, token: last } = idle.shift()!
      const fields = { grant_type: 'refresh_token', refresh_token: last }
      const { refresh_token: fresh } = await tokens(browser, fields, { client: REFRESHING })
      idle.push({ browser, token: fresh! })
    },
  }
}
