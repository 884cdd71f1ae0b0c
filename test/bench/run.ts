import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { compareMethods } from './cards.ts'
import { compare } from './compare.ts'
import { measureOverload } from './overload.ts'
import { measureStart } from './start.ts'
import { compareVaults } from './vaults.ts'
import { measureWaiting } from './waiting.ts'
import { KINDS, type Kind } from './work.ts'

// `npm run bench -- WHAT [--seconds N] [--concurrency C] [--json]`: what an operation costs, measured from outside.

const USAGE = `npm run bench -- WHAT [--seconds N] [--concurrency C] [--processes P [--share PERCENT]] [--json]
  sign-in   a fresh sign-in: authorize, pages, one-time code, token, UserInfo;
            with --method web-eid by card, beside the one-time code
  sso       an authorization that a session answers at once
  token     a code for tokens
  refresh   a refresh token for tokens
            (each beside bare oidc-provider, alternating; 32 at once unless said, the others 8)
  import    a register of persons: npm run bench -- import [PERSONS]
  overload  three times as many people as one node can serve [--times N] [--think MS]
  waiting   people who wait for their telephone, and one question of their page [--people N]
  vaults    a fresh sign-in with the signing key in SoftHSM, beside one with it in a file
  start     from the start of the process to its first answer`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '20' },
    concurrency: { type: 'string' },
    processes: { type: 'string', default: '1' },
    share: { type: 'string', default: '0' },
    times: { type: 'string', default: '3' },
    think: { type: 'string', default: '0' },
    profile: { type: 'string' },
    method: { type: 'string', default: 'totp' },
    people: { type: 'string', default: '5000' },
    json: { type: 'boolean', default: false },
  },
})
const [what = '', ...rest] = positionals
/**
 * Beside the peer, which asks no store, as many as keep Pratu at work too: with 8 it waits a third of the time, and whatever
 * wakes for a single answer costs up to a third more for it (docs/performance.md).
 */
values.concurrency ??= (KINDS as readonly string[]).includes(what) ? '32' : '8'
const whole = (
  name: 'seconds' | 'concurrency' | 'processes' | 'share' | 'times' | 'think' | 'people',
  least = 1,
): number => {
  const value = Number(values[name])
  if (!Number.isInteger(value) || value < least) throw new Error(`--${name} must be a whole number`)
  return value
}
const [seconds, concurrency, processes] = [whole('seconds'), whole('concurrency'), whole('processes')]

const profile = values.profile === undefined ? {} : { profile: values.profile }
if (values.method === 'web-eid' && what === 'sign-in')
  await compareMethods({ seconds, concurrency, processes, json: values.json, ...profile })
else if ((KINDS as readonly string[]).includes(what))
  await compare({
    kind: what as Kind,
    seconds,
    concurrency,
    processes,
    ...(whole('share', 0) > 0 && { share: whole('share') }),
    json: values.json,
    ...profile,
  })
else if (what === 'waiting')
  await measureWaiting({ people: whole('people', 200), seconds, concurrency, json: values.json, ...profile })
else if (what === 'vaults') await compareVaults({ seconds, concurrency, json: values.json })
else if (what === 'start') await measureStart({ json: values.json })
else if (what === 'overload')
  await measureOverload({ seconds, concurrency, times: whole('times'), think: whole('think', 0), json: values.json })
else if (what === 'import') {
  const program = join(import.meta.dirname, 'import.ts')
  const child = spawn(process.execPath, [program, ...rest, ...(values.json ? ['--json'] : [])], { stdio: 'inherit' })
  process.exitCode = await new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? 1)))
} else {
  console.error(USAGE)
  process.exitCode = 2
}
