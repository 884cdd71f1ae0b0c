import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { Parts } from '../../src/parts.ts'
import { pause } from '../../src/platform/clock.ts'
import { rows } from '../../src/platform/db.ts'
import { type Load, load } from './load.ts'
import { startNodes } from './nodes.ts'
import { thaiCode } from './register.ts'

// A register goes over to another key by the operator's own commands while people sign in at a steady rate.

export interface Wish {
  readonly databaseUrl: string
  readonly redisUrl: string
  readonly nodes: number
  readonly persons: number
  /** Who sign in, besides. */
  readonly people: number
  readonly perSecond: number
  /** Milliseconds of the same rate before, to compare with. */
  readonly before: number
  readonly say?: (words: string) => void
}

export interface Reencrypted {
  readonly before: Load
  readonly during: Load
  /** Of the command, in milliseconds. */
  readonly took: number
  /** What it printed. */
  readonly printed: string
  /** Cells of persons under the former key afterwards, and persons. */
  readonly left: number
  readonly persons: number
  /** What `finish` printed, with the former key gone. */
  readonly finished: string
  /** Sign-ins after that. */
  readonly after: Load
}

const CLI = fileURLToPath(new URL('../../bin/pratu.mjs', import.meta.url))
const WHY = ['--why', 'the drill'] as const
/** Of sign-ins that are not counted: the processes warm up. */
const WARM = 5_000

export async function reencrypt(wish: Wish): Promise<Reencrypted> {
  const { databaseUrl, redisUrl, persons, people, perSecond, say = () => {} } = wish
  const folder = mkdtempSync(join(tmpdir(), 'pratu-reencryption-'))
  const keys = join(folder, 'keys')
  const at = await startNodes({
    databaseUrl,
    redisUrl,
    count: wish.nodes,
    people,
    settings: { PRATU_KEYS: keys },
    fill: (parts) => fill(parts, persons, folder),
  })
  await rows(at.db, 'vacuum (analyze)')

  async function pratu(...words: string[]): Promise<string> {
    const child = spawn(process.execPath, [CLI, ...words], {
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        PRATU_PROFILE: 'demo',
        PRATU_ISSUER: at.issuer,
        PRATU_KEYS: keys,
        PRATU_DATABASE_URL: databaseUrl,
      },
    })
    let printed = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        printed += chunk.toString()
        say(chunk.toString().trimEnd())
      })
    const code = await new Promise((resolve) => child.on('close', resolve))
    if (code !== 0) throw new Error(`pratu ${words.join(' ')}: ${printed}`)
    return printed
  }

  try {
    await load(at, perSecond, pause(WARM), false)
    const before = await load(at, perSecond, pause(wish.before), false)
    await pratu('secrets', 'rotate', 'personal-data', ...WHY)
    const from = performance.now()
    let took = 0
    const working = pratu('secrets', 'reencrypt', 'personal-data', ...WHY).finally(() => {
      took = performance.now() - from
    })
    const during = await load(
      at,
      perSecond,
      working.catch(() => undefined),
      false,
    )
    const printed = await working
    const [counted] = await rows<{ persons: string; left: string }>(
      at.db,
      'select count(*) as persons, count(*) filter (where get_byte(details, 0) <> 2) as left from person',
    )
    // A minute after the change nobody has anything in hand any more.
    while (performance.now() - from < 61_000) await pause(200)
    const finished = await pratu('secrets', 'finish', 'personal-data', ...WHY)
    const after = await load(at, perSecond, pause(3_000), false)
    return {
      before,
      during,
      took,
      printed,
      left: Number(counted?.left),
      persons: Number(counted?.persons),
      finished,
      after,
    }
  } finally {
    await at.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Behind those who sign in, whose numbers begin at 1. */
async function fill(parts: Parts, persons: number, folder: string): Promise<void> {
  function* lines() {
    let text = 'scheme,code,kind,status,given_name,family_name,birth_date\n'
    for (let at = 0; at < persons; at += 1) {
      text += `TH,${thaiCode(10_000_000 + at)},citizen,active,ชื่อ${at},ตัวอย่าง,1980-01-01\n`
      if (text.length < 1 << 17) continue
      yield Buffer.from(text)
      text = ''
    }
    yield Buffer.from(text)
  }
  const job = { path: '-', stdin: Readable.from(lines()), rejectedPath: join(folder, 'rejected'), strict: true }
  await parts.importPersons({ ...job, actor: { kind: 'operator', name: 'test' } })
}

export const percentile = (took: readonly number[], part: number): number => {
  const sorted = took.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}
