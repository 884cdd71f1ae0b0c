import { cpus } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '../../src/config.ts'
import { systemRandom } from '../../src/platform/random.ts'
import { openSealer } from '../../src/platform/seal.ts'
import { openSecrets } from '../../src/platform/secrets.ts'
import { openFileVault } from '../../src/signing/file-vault.ts'
import { makeToken, withoutSoftHsm } from '../support/softhsm.ts'
import { openTarget } from './browser.ts'
import { type Ground, openGround } from './ground.ts'
import { round, type Stretch, stretch, summary } from './measure.ts'
import { table } from './report.ts'
import { leaveFirstCore, pinned, startPratu } from './server.ts'
import { openWork } from './work.ts'

// Whole sign-ins whose ES256 key is in a hardware module (SoftHSM, a real PKCS#11 module in software) beside those whose
// key is a file, turn by turn in one run: two services, each on stores of its own, of which one at a time has work.

export interface Options {
  /** For each of the two. */
  readonly seconds: number
  readonly concurrency: number
  readonly json: boolean
}

const TURN = 4
const WARM_UP = 10
const CITIZENS_PER_SECOND = 120

export async function compareVaults({ seconds, concurrency, json }: Options): Promise<void> {
  if (withoutSoftHsm) throw new Error(`${withoutSoftHsm}: run \`node bin/prepare.mjs test\``)
  await leaveFirstCore()
  await using stack = new AsyncDisposableStack()
  const citizens = CITIZENS_PER_SECOND * Math.min(30, WARM_UP + seconds)

  async function side(settingsOf: (ground: Ground) => Promise<Readonly<Record<string, string>>>) {
    const ground = await openGround({ citizens })
    stack.defer(() => ground.close())
    const settings = { ...ground.settings, ...(await settingsOf(ground)) }
    const pratu = await startPratu({ settings, port: ground.port, folder: ground.folder })
    stack.defer(() => pratu.stop())
    const target = await openTarget({ name: 'pratu', url: pratu.url, secret: ground.secret, concurrency })
    stack.defer(() => target.close())
    let at = 0
    const next = () => ground.citizens[at++ % ground.citizens.length]!
    const work = openWork('sign-in', { target, next })
    const stretches: Stretch[] = []
    const turn = async (length: number): Promise<Stretch> => {
      await work.prepare()
      return stretch({ served: [pratu], stores: ground, concurrency, seconds: length, piece: () => work.piece() })
    }
    return { pratu, turn, stretches }
  }

  const file = await side(async (ground) => {
    await makeFirstKey(ground)
    return {}
  })
  const hsm = await side(async ({ folder }) => {
    const { library, label, pin, settings } = makeToken(folder)
    return { PRATU_HSM_MODULE: library, PRATU_HSM_TOKEN: label, PRATU_HSM_PIN: pin, SOFTHSM2_CONF: settings }
  })
  for (const { turn } of [file, hsm]) await turn(WARM_UP)
  // Each is first as often as the other, so that a machine that gets busier hurts both alike.
  for (let left = seconds, first = 0; left > 0; left -= TURN, first = 1 - first)
    for (const { turn, stretches } of first === 0 ? [file, hsm] : [hsm, file])
      stretches.push(await turn(Math.min(TURN, left)))

  const [one, other] = [file, hsm].map(({ stretches, pratu }) => summary(stretches, [pratu]))
  const result = {
    kind: 'vaults',
    machine: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}${pinned ? ', pinned' : ''}`,
    concurrency,
    /** Sign-ins a second, the module's by the file's. */
    rate_ratio: round(other!.per_second / one!.per_second, 3),
    rate_ratio_by_turn: hsm.stretches.map(({ done, seconds: took }, at) => {
      const beside = file.stretches[at]!
      return round(done / took / (beside.done / beside.seconds), 3)
    }),
    cpu_ratio: round(other!.cpu_ms / one!.cpu_ms, 3),
    file: one!,
    hsm: other!,
  }
  if (json) console.log(JSON.stringify(result))
  else {
    console.log(`vaults, ${concurrency} at once, on ${result.machine}\n`)
    table(['file', 'SoftHSM'], [result.file, result.hsm])
    console.log(
      `\nsign-ins a second, SoftHSM by file: ${result.rate_ratio} (turns ${result.rate_ratio_by_turn.join(', ')})`,
    )
    console.log(`CPU of Node each, SoftHSM by file: ${result.cpu_ratio}`)
  }
}

/** As `pratu keys init` does: the first start enters it into the ring. */
async function makeFirstKey({ settings }: Ground): Promise<void> {
  const { keys: folder, masterKey } = readConfig(settings)
  const secrets = openSecrets({ folder, masterKey, random: systemRandom }, 'demo')
  const sealer = openSealer(secrets.get('signing-keys'), systemRandom)
  await openFileVault({ folder: join(folder, 'signing'), sealer }).create('ES256')
}
