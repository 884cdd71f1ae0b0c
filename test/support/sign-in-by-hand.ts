import type { Answer, Browser } from './browser.ts'

interface Citizen {
  readonly person_code: string
  readonly code: string
  readonly scheme: string
}

export interface SignedIn {
  /** The page on which consent was asked, where it was. */
  readonly consent: Answer | undefined
  readonly end: Answer
}

/** From an agency's sign-in address to wherever it ends, as a person with the demo's page of codes would: agrees to all. */
export async function signInByHand(person: Browser, issuer: string, start: string, who = 0): Promise<SignedIn> {
  const citizens = (await (await fetch(`${issuer}/demo/citizens.json`)).json()) as Citizen[]
  const { person_code, code, scheme } = citizens[who]!
  const first = await person.get(start)
  // Asked by what means only where there are several.
  const form = first.body.includes('id="method-totp"') ? await person.submit(first, { method: 'totp' }) : first
  const next = await person.submit(form, { person_code, code, scheme })
  if (!next.body.includes('id="consent-allow"')) return { consent: undefined, end: next }
  return { consent: next, end: await person.submit(next, { consent: 'allow' }) }
}
