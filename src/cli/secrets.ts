import { Argument, type Command, InvalidArgumentError, Option } from 'commander'
import type { OperatorActor, Requests } from '../operators/requests.ts'
import type { Reindex } from '../persons/reindex.ts'
import type { Clock, pause as Pause } from '../platform/clock.ts'
import type { Db } from '../platform/db.ts'
import type { Random } from '../platform/random.ts'
import { SECRET_NAMES, type SecretName } from '../platform/secrets.ts'
import type { MasterChange } from '../secrets/master.ts'
import type { Reseal } from '../secrets/reseal.ts'
import type { SecretRotation } from '../secrets/rotation.ts'
import { askNewMaster, type FindMaster } from './new-master.ts'
import { CommandRefused, opened } from './opened.ts'
import { openSteps, spell } from './secret-steps.ts'
import { asListed, leftWords, masterRefusal, nextOf, refusalWords, tableOf } from './secret-words.ts'

export interface Parts {
  readonly db: Db
  readonly secretRotation: SecretRotation
  readonly masterChange: MasterChange
  readonly reseal: Pick<Reseal, 'reseal' | 'seals'>
  readonly reindex: Reindex
  readonly requests: Pick<Requests, 'ask'>
  readonly random: Random
  readonly actor: OperatorActor
  close(): Promise<void>
}

export interface Needs {
  open(): Promise<Parts>
  readonly nextMaster: FindMaster
  readonly print: (line: string) => void
  /** Where progress is shown, so that the output stays clean. */
  readonly errors: NodeJS.WritableStream
  readonly terminal: boolean
  readonly clock: Clock
  readonly pause: typeof Pause
  /** Calls back when somebody wants the work to end; answers how to stop listening. */
  onInterrupt(interrupted: () => void): () => void
}

interface Wish {
  readonly why: string
  readonly json?: true
  readonly emergency?: true
  readonly to?: string
  readonly every: number
}

const WHY = 'for the record; wanted with every change'
const EVERY = [...SECRET_NAMES, 'master'] as const
type Named = SecretName | 'master'
/** Longer than a process that ended without a word counts as running. */
const PATIENCE = 90_000
const LOOK = 500

// `pratu secrets list | rotate | reencrypt | finish | schedule`: the service's own secrets and the master key above them.
// Each goes to a next version while everything runs: rotate, where cells are sealed with it reencrypt, finish.
export function addSecretsCommands(program: Command, needs: Needs): void {
  const { open, print, clock } = needs
  const secrets = program
    .command('secrets')
    .description("The service's own secrets, and how each changes while it runs")
  const tell = (json: true | undefined, value: object, lines: readonly string[]): void => {
    for (const line of json ? [JSON.stringify(value, null, 2)] : lines) print(line)
  }
  const changing = (name: string, names: readonly Named[], description: string): Command =>
    secrets
      .command(name)
      .addArgument(new Argument('<name>', '`pratu secrets list` shows them').choices(names))
      .requiredOption('--why <text>', WHY)
      .option('--json', 'for programs')
      .description(description)

  secrets
    .command('list')
    .option('--json', 'for programs')
    .description('Every secret: its versions, their age, what is under a former one, and the next step')
    .action(({ json }: Pick<Wish, 'json'>) =>
      opened(open, async ({ db, secretRotation, masterChange }) => {
        const shown = await secretRotation.list(db)
        const master = await masterChange.standing(db)
        tell(json, asListed(shown, master), tableOf(shown, master, clock.now()))
      }),
    )

  changing(
    'rotate',
    EVERY,
    'Make a new version, and let it seal and sign as soon as every process holds it; of the master key, ask for one',
  )
    .option('--to <file>', 'master only: where the next one lies, or is to be made; otherwise in the keys folder')
    .action(async (name: Named, wish: Wish) => {
      if (name !== 'master' && wish.to !== undefined)
        throw new CommandRefused(
          '--to is for the master key alone: the others lie in the database. Nothing was changed.',
        )
      await opened(open, (parts) => (name === 'master' ? rotateMaster(parts, wish) : rotate(parts, name, wish)))
    })

  changing('reencrypt', SECRET_NAMES, 'Seal anew what lies under former versions, while people sign in').action(
    (name: SecretName, wish: Wish) =>
      opened(open, (parts) => (name === 'blind-index' ? indexAnew(parts, wish) : sealAnew(parts, name, wish))),
  )

  changing('finish', EVERY, 'Destroy former versions, where nothing needs them any more')
    .addOption(new Option('--emergency', 'what lapses by itself goes at once; says what that breaks'))
    .action((name: Named, wish: Wish) =>
      opened(open, (parts) => (name === 'master' ? finishMaster(parts, wish) : finish(parts, name, wish))),
    )

  changing('schedule', SECRET_NAMES, 'Let a secret whose works lapse by themselves change every so many days')
    .requiredOption('--every <days>', '0: only when an operator says so', days)
    .action((name: SecretName, wish: Wish) =>
      opened(open, async ({ db, secretRotation, actor }) => {
        const done = await secretRotation.setSchedule(db, name, wish.every, { actor, why: whyOf(wish) })
        if (!done.ok) throw new CommandRefused(scheduleRefusal(name, done))
        tell(wish.json, { name, days: wish.every }, [
          wish.every === 0
            ? `${name} changes only when an operator says so.`
            : `${name} changes every ${wish.every} days.`,
        ])
      }),
    )

  async function rotate({ db, secretRotation, actor }: Parts, name: SecretName, wish: Wish): Promise<void> {
    const by = { actor, why: whyOf(wish) }
    const announced = await secretRotation.announce(db, name, by)
    // One that was cut off before it was in force is taken up again.
    if (!announced.ok && announced.because !== 'under-way') throw new CommandRefused(refusalWords(name, announced))
    const { version } = announced
    const { kind } = (await secretRotation.list(db)).find((one) => one.name === name)!
    if (kind.how === 'index') {
      return tell(wish.json, { name, version, in_force: false }, [
        `Version ${version} of ${name} is made. Next: pratu secrets reencrypt ${name}`,
      ])
    }
    const until = clock.now() + PATIENCE
    for (;;) {
      const done = await secretRotation.bringIntoForce(db, name, by)
      if (done.ok) break
      if ((done.because !== 'waits' && done.because !== 'busy') || clock.now() > until)
        throw new CommandRefused(refusalWords(name, done))
      await needs.pause(LOOK)
    }
    const shown = (await secretRotation.list(db)).find((one) => one.name === name)!
    tell(wish.json, { name, version, in_force: true }, [
      `Version ${version} of ${name} is in force on every node.`,
      `Next: ${nextOf(shown, clock.now())}`,
    ])
  }

  async function sealAnew({ db, reseal, actor }: Parts, name: SecretName, wish: Wish): Promise<void> {
    const by = { actor, why: whyOf(wish) }
    if (!reseal.seals(name)) throw new CommandRefused(`Nothing in the database is sealed with ${name}.`)
    const steps = openSteps({ ...needs, thing: 'cells' })
    const done = await steps.run((job) => reseal.reseal(db, name, by, job))
    const { left, unreadable } = done
    tell(wish.json, { name, resealed: done.done, left, unreadable }, [
      ...(steps.interrupted() ? ['Stopped; the same command goes on from here.'] : []),
      `${done.done} cells were sealed anew${steps.interrupted() ? `, still under a former version: ${leftWords(left)}` : ''}.`,
      ...(Object.keys(unreadable).length > 0
        ? [`Can’t be opened, and are as they were: ${leftWords(unreadable)}. Look at them before anything is dropped.`]
        : []),
      ...(steps.interrupted() ? [] : [`Next: pratu secrets finish ${name}`]),
    ])
  }

  async function indexAnew(parts: Parts, wish: Wish): Promise<void> {
    const { db, reindex, secretRotation, actor } = parts
    const name = 'blind-index'
    const by = { actor, why: whyOf(wish) }
    const { versions } = (await secretRotation.list(db)).find((one) => one.name === name)!
    const [newest] = versions
    // Announced, or in force with something left from before it was.
    if (!newest || versions.length < 2) throw new CommandRefused(`First: pratu secrets rotate ${name}`)
    const { version } = newest
    const { persons, seconds } = await reindex.estimate(db, version)
    needs.errors.write(
      `${persons} persons are indexed anew: about ${spell(seconds)}, by a sample. People sign in meanwhile; imports are refused.\n`,
    )
    const steps = openSteps({ ...needs, thing: 'persons' })
    const takeOver = async () => {
      if (newest.state === 'in force') return true
      return (await secretRotation.bringIntoForce(db, name, { ...by, indexed: true })).ok
    }
    const done = await steps.run((job) => reindex.reindex(db, { version, by, takeOver, ...job }))
    if (!done) throw new CommandRefused('An import is running: nothing was changed. Try again when it has ended.')
    if (!done.whole && !steps.interrupted())
      throw new CommandRefused('Not every process holds the new version yet: the same command again, in a minute.')
    tell(wish.json, { name, version, persons: done.persons, whole: done.whole }, [
      done.whole
        ? `All persons are indexed under version ${version}. Next, in a minute: pratu secrets finish ${name}`
        : `Stopped after ${done.persons} persons; nothing is lost, and the same command goes on.`,
    ])
  }

  async function finish({ db, secretRotation, actor }: Parts, name: SecretName, wish: Wish): Promise<void> {
    const asked = { actor, why: whyOf(wish), emergency: wish.emergency }
    const done = await secretRotation.drop(db, name, asked)
    if (!done.ok) throw new CommandRefused(refusalWords(name, done))
    tell(wish.json, { name, dropped: done.versions }, [
      `Destroyed: version ${done.versions.join(', ')} of ${name}. Copies of the database from before still hold it, sealed.`,
      ...(done.breaks === undefined ? [] : [`What that breaks: ${done.breaks}.`]),
    ])
  }

  async function rotateMaster(parts: Parts, wish: Wish): Promise<void> {
    const reason = whyOf(wish).trim()
    const asked = await askNewMaster(parts, { to: wish.to, reason, next: needs.nextMaster })
    tell(wish.json, asked, [
      `The next master key is ${asked.master}, in ${asked.file}.`,
      `Request ${asked.request}. Another operator allows it, where it lies in the same place:  pratu requests approve ${asked.request}`,
    ])
  }

  async function finishMaster({ db, masterChange, actor }: Parts, wish: Wish): Promise<void> {
    const done = await masterChange.end(db, { actor, why: whyOf(wish), emergency: wish.emergency })
    if (!done.ok) throw new CommandRefused(masterRefusal(done))
    tell(wish.json, { master: done.master }, [
      `The former master key opens nothing here any more; ${done.master} does.`,
      'Destroy the former one where you keep it, unless copies of the database from before must stay readable.',
    ])
  }
}

function scheduleRefusal(name: SecretName, refusal: { readonly because: string; readonly reason?: string }): string {
  if (refusal.reason !== undefined) return `${name} never changes: ${refusal.reason}.`
  return `What ${name} has sealed or hashed doesn’t lapse by itself: an operator rotates it.`
}

function whyOf({ why }: Wish): string {
  if (why.trim() === '') throw new CommandRefused('Say why, for the record: --why "…".')
  return why
}

function days(value: string): number {
  if (!/^\d{1,4}$/.test(value) || Number(value) > 3650) throw new InvalidArgumentError('A number of days, 0 to 3650.')
  return Number(value)
}
