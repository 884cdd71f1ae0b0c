import { Readable } from 'node:stream'
import { Command } from 'commander'
import { openAuditReading } from '../../src/audit/read.ts'
import { addAuditCommands } from '../../src/cli/audit.ts'
import { addCasesCommands } from '../../src/cli/cases.ts'
import { addCodeCardCommands } from '../../src/cli/code-cards.ts'
import { addEnrolCommands } from '../../src/cli/enrol.ts'
import { addExplainCommands } from '../../src/cli/explain.ts'
import { addPinCommands } from '../../src/cli/pins.ts'
import { testSealer } from '../support/keys.ts'
import { OPERATOR, type SignInWorld } from '../support/sign-in.ts'

/** Runs the operator's command in this process, on a world that stays open. */
export function commandOn(
  world: SignInWorld,
  settings: { readonly profile?: string; readonly codeCards?: 'on' | 'off' } = {},
) {
  let closed = 0
  async function run(...words: string[]) {
    const printed: string[] = []
    const needs = {
      open: async () => ({
        ...world,
        actor: OPERATOR,
        auditReading: openAuditReading({ sealer: testSealer('audit-payload'), audit: world.audit }),
        config: {
          issuer: 'https://id.example',
          helpPhone: '1111',
          timeZone: 'Asia/Bangkok',
          profile: 'demo',
          codeCards: 'on' as const,
          ...settings,
        },
        close: async () => void closed++,
      }),
      print: (line: string) => void printed.push(line),
      terminal: false,
      input: Readable.from([typed]),
    }
    const program = new Command('pratu').exitOverride().configureOutput({ writeErr: () => {} })
    addAuditCommands(program, needs)
    addExplainCommands(program, needs)
    addEnrolCommands(program, needs)
    addCodeCardCommands(program, needs)
    addCasesCommands(program, needs)
    addPinCommands(program, needs)
    process.exitCode = undefined
    await program.parseAsync(words, { from: 'user' })
    const failed = process.exitCode === 1
    process.exitCode = undefined
    return { text: printed.join('\n'), failed }
  }
  let typed = ''
  return {
    run,
    type(text: string) {
      typed = text
    },
    closed: () => closed,
  }
}
