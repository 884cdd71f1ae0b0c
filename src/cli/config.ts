import type { Command } from 'commander'
import { configManual } from '../config.ts'

// `pratu config`: the manual of all settings, printed from the table that reads them.
export function addConfigCommands(program: Command): void {
  program
    .command('config')
    .description('Print every setting: its name, what it does, and what holds when it is absent')
    .action(() => {
      process.stdout.write(`${configManual()}\n`)
    })
}
