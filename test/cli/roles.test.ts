import { expect, test } from '@jest/globals'
import type { Command } from 'commander'
import { pathOf, RULES, rolesWanted, ruleOf, type Typed } from '../../src/cli/roles.ts'
import { everyCommand } from '../support/every-command.ts'

// Which command takes which role. A command that is added and forgotten here fails this test, and doesn't run either.

function leaves(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leaves)
}
const paths = leaves(everyCommand()).map(pathOf)
const typed = (command: string, given: readonly string[] = [], options: Typed['options'] = {}): Typed => ({
  command,
  arguments: given,
  options,
})

test('every command stands in the table, and nothing else does', () => {
  expect(paths.toSorted()).toEqual(Object.keys(RULES).toSorted())
  expect(() => ruleOf(typed('persons sell'))).toThrow('cli/roles.ts')
})

test('whatever changes something takes a role, and so does whatever shows persons', () => {
  const words =
    /^(import|set-|remove|revoke|issue|enrol|off|on|block|unblock|add|approve|refuse|promote|retire|announce|rotate|reencrypt|finish|recover|desk-|lock|unlock|end|retry|disable|enable)/
  const changing = paths.filter((path) => words.test(path.split(' ').at(-1)!) && !path.endsWith('blocks'))
  expect(changing.length).toBeGreaterThan(25)
  expect(changing.filter((path) => ruleOf(typed(path)).does !== 'changes')).toEqual([])
  const personal = paths.filter((path) => path.startsWith('persons ') || path.startsWith('requests '))
  expect(personal.filter((path) => rolesWanted(typed(path)) === undefined)).toEqual([])
})

test.each<[Typed, boolean]>([
  [typed('explain'), false],
  [typed('explain', ['prt-1203']), false],
  [typed('explain', ['7f3c']), true],
  [typed('keys schedule'), false],
  [typed('keys schedule', [], { every: 0 }), true],
  [typed('cards block', [], { dryRun: true }), false],
  [typed('cards block'), true],
  [typed('audit verify'), false],
  [typed('audit list'), true],
])('%j takes a role: %s', (one, wanted) => {
  expect(rolesWanted(one) !== undefined).toBe(wanted)
})

test('a passphrase or a PIN can be given as no word of a command: every account of the machine reads those', () => {
  const words = leaves(everyCommand()).flatMap((command) => [
    ...command.options.map(({ long }) => long ?? ''),
    ...command.registeredArguments.map((argument) => argument.name()),
  ])
  expect(words.length).toBeGreaterThan(100)
  expect(words.filter((word) => /pass(word|phrase)|^(--)?pin$|secret/i.test(word))).toEqual([])
})
