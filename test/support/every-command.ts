import { Readable } from 'node:stream'
import type { Command } from 'commander'
import { allCommands } from '../../src/cli/commands.ts'
import { pause, systemClock } from '../../src/platform/clock.ts'
import { systemRandom } from '../../src/platform/random.ts'

/** As src/cli.ts has it, without anything behind it. */
export function everyCommand(): Command {
  const nothing = () => {
    throw new Error('only described here, never run')
  }
  return allCommands({
    open: nothing,
    print: nothing,
    input: Readable.from([]),
    errors: process.stderr,
    terminal: false,
    watched: false,
    clock: systemClock,
    onInterrupt: nothing,
    nextMaster: nothing,
    pause,
    issuers: nothing,
    operatorKey: { settings: nothing, ask: nothing, clock: systemClock, random: systemRandom },
    keys: { settings: nothing, random: systemRandom, print: nothing },
    cards: { open: nothing, revocation: nothing, clock: systemClock, print: nothing },
  })
}
