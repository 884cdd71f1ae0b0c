import { address, type Foothold, foothold, type Guessed } from './guessing.ts'
import { FORM, type RawAnswer, raw } from './raw-request.ts'
import type { Citizen, TestService } from './service.ts'
import type { SmsService } from './sms.ts'

// Somebody who asks for another person's code by text message and guesses at it.

const troubleOf = ({ status, body }: RawAnswer): string | undefined =>
  status < 400 ? undefined : /PRT-\d{4}/.exec(body)?.[0]

export async function post(
  node: TestService,
  { path, cookie }: Foothold,
  fields: Record<string, string>,
  from?: string,
): Promise<RawAnswer & { readonly code: string | undefined }> {
  const answer = await raw(`http://localhost:${node.config.port}`, {
    method: 'POST',
    path: `${path}/sms-code`,
    headers: { ...FORM, host: new URL(node.issuer).host, accept: 'text/html', 'accept-language': 'en', cookie },
    body: new URLSearchParams(fields).toString(),
    ...(from === undefined ? {} : { from }),
  })
  return { ...answer, code: troubleOf(answer) }
}

/** A sign-in in which a code is asked for, once that is allowed again. */
export async function askedFor({ at }: SmsService, { scheme, code }: Citizen): Promise<Foothold> {
  for (;;) {
    const foot = await foothold(at)
    const answer = await post(at, foot, { scheme, person_code: code })
    if (answer.code === undefined) return foot
    if (answer.code !== 'PRT-1903') throw new Error(`asked for a code and met ${answer.code}`)
    at.clock.advance(Number(answer.headers['retry-after'] ?? 60) * 1_000)
  }
}

/**
 * Burst after burst of guesses, each at a newly sent code; after each the attacker waits as long as was asked of them.
 * `evaluated`: compared with the code.
 */
export async function guessCodes(
  sms: SmsService,
  victim: Citizen,
  {
    guesses,
    sources,
    atOnce,
    nodes = [sms.at],
  }: {
    readonly guesses: number
    readonly sources: number
    readonly atOnce: number
    readonly nodes?: readonly TestService[]
  },
): Promise<Guessed> {
  const { at } = sms
  const evaluated: number[] = []
  const others: Record<string, number> = {}
  let turnedAway = 0
  for (let made = 0; made < guesses; made += atOnce) {
    const foot = await askedFor(sms, victim)
    const answers = await Promise.all(
      Array.from({ length: Math.min(atOnce, guesses - made) }, (_, n) =>
        post(
          nodes[n % nodes.length]!,
          foot,
          { code: String(made + n).padStart(6, '0') },
          address((made + n) % sources),
        ),
      ),
    )
    evaluated.push(answers.filter(({ code }) => code === 'PRT-1901').length)
    let wait = 0
    for (const { code, headers } of answers) {
      wait = Math.max(wait, Number(headers['retry-after'] ?? 0))
      // 1902: a stop has ended this sign-in meanwhile, and its code with it.
      if (['PRT-1203', 'PRT-1204', 'PRT-1005', 'PRT-1902'].includes(code ?? '')) turnedAway++
      else if (code !== 'PRT-1901') others[code ?? 'let in'] = (others[code ?? 'let in'] ?? 0) + 1
    }
    at.clock.advance(Math.min(wait, 3_600) * 1_000 + 1_000)
  }
  return { evaluated, turnedAway, others }
}
