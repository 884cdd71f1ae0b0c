import { expect, test } from '@jest/globals'
import type { Command } from 'commander'
import { parsePersonId } from '../../src/identity/person-id.ts'
import { everyCommand } from '../support/every-command.ts'

// What `--help` says, as a stranger reads it.

const everyOne = (command: Command): Command[] => [command, ...command.commands.flatMap(everyOne)]
const ALL = everyOne(everyCommand())
const nameOf = (command: Command): string =>
  command.parent ? `${nameOf(command.parent)} ${command.name()}` : command.name()

test('every command is described in words that are not the beginning of another’s', () => {
  const words = ALL.slice(1).map((command) => command.description())
  const vague = words.filter((one, at) => words.some((other, place) => place !== at && other.startsWith(one)))
  expect(vague).toEqual([])
})

test('every argument and every option says what it is', () => {
  const silent = ALL.flatMap((command) => [
    ...command.registeredArguments
      .filter(({ description, argChoices }) => description === '' && !argChoices)
      .map((argument) => `${nameOf(command)} <${argument.name()}>`),
    ...command.options
      .filter(({ description, argChoices }) => description === '' && !argChoices)
      .map(({ flags }) => `${nameOf(command)} ${flags}`),
  ])
  expect(silent).toEqual([])
})

test('an option that can’t be left out is told from those that can', () => {
  for (const command of ALL) {
    const marked = command.helpInformation().match(/\(needed\)/g)?.length ?? 0
    expect([nameOf(command), marked]).toEqual([nameOf(command), command.options.filter((one) => one.mandatory).length])
  }
})

test('a person code that is printed for an example is one that can be typed', () => {
  const texts = ALL.flatMap((command) => command.options.map(({ description }) => description))
  const codes = texts.flatMap((text) => text.match(/\b\d{13}\b/g) ?? [])
  expect(codes.length).toBeGreaterThan(0)
  for (const code of codes) expect(parsePersonId('TH', code)).toMatchObject({ ok: true })
})
