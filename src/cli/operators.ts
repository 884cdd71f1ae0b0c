import { createPublicKey, type KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { tokenOf } from '../operators/key-token.ts'
import { isRole, keyId, type NewOperator, publicText, ROLE_NAMES, ROLES, type Role } from '../operators/operator.ts'
import type { Listed, Operators } from '../operators/register.ts'
import type { OperatorActor, Requests } from '../operators/requests.ts'
import type { Db } from '../platform/db.ts'
import { inNewFile } from './new-file.ts'
import { CommandRefused, opened } from './opened.ts'
import { type Needs as KeyNeeds, makeOperatorKey } from './operator-key.ts'

export interface Needs {
  open(): Promise<Parts>
  readonly print: (line: string) => void
  readonly operatorKey: KeyNeeds
}

interface Parts {
  readonly db: Db
  readonly operators: Operators
  readonly requests: Pick<Requests, 'ask'>
  readonly actor: OperatorActor
  close(): Promise<void>
}

// `pratu operators make-key | init | add | list | remove`: who may use this command. Each makes a key of their own on their
// own machine and hands over its public half; the first two are entered together, each further one by two who are.
export function addOperatorCommands(program: Command, { open, print, operatorKey }: Needs): void {
  const operators = program.command('operators').description('Who may use this command, each by a key of their own')

  operators
    .command('make-key')
    .argument('<key>', 'a file, or a token: pkcs11:token=LABEL?module-path=/path/of/the/module.so')
    .option('--public <file>', 'where the public half goes; <key>.pub otherwise, of a token <label>.pub')
    .description('Make a key of your own, under a passphrase or a PIN that only you know')
    .action(async (key: string, { public: path }: { public?: string }) => {
      const file = path ?? `${tokenOf(key)?.token ?? key}.pub`
      if (resolve(file) === resolve(key)) throw new CommandRefused('The two halves go into two files: no key was made.')
      const publicKey = await inNewFile(
        file,
        { mode: 0o644, taken: `${file} exists already: no key was made.` },
        async (half) => {
          const made = await makeOperatorKey(key, operatorKey)
          await made.close()
          await half.writeFile(made.publicKey.export({ format: 'pem', type: 'spki' }))
          return made.publicKey
        },
      )
      print(`Your key: ${keyId(publicKey)}`)
      print(`Hand over ${file}, and read the line above to whoever enters it. The other half stays with you.`)
    })

  operators
    .command('init')
    .argument('<first>', "NAME=FILE: a name, and the public half of that person's key")
    .argument('<second>', 'the same of another person')
    .description('Make the first two operators, with every role; works once, where there are none')
    .action(async (...both: [string, string]) => {
      const two = await Promise.all([both[0], both[1]].map(named))
      await opened(open, async ({ db, operators, actor }) => {
        for (const { name, key } of await operators.begin(db, two, actor)) print(`${name}  ${key}`)
        print('These are the operators now, with every role. From now on every change is signed by one of them.')
        print('Compare the keys with what each terminal printed when it was made.')
      })
    })

  operators
    .command('add')
    .argument('<name>', 'what they are called in the record')
    .argument('<file>', 'the public half of their key')
    .requiredOption(
      '--roles <roles>',
      `by comma: ${ROLE_NAMES.map((role) => `${role} (${ROLES[role]})`).join('; ')}`,
      roles,
    )
    .requiredOption('--reason <text>', 'why, for the record')
    .description('Ask for a further operator; another one must allow it')
    .action(async (name: string, file: string, wish: { roles: readonly Role[]; reason: string }) => {
      if (wish.reason.trim() === '') throw new CommandRefused('A request needs a reason.')
      const wanted = { name, publicKey: publicText(await publicKeyIn(file)), roles: wish.roles }
      await opened(open, async ({ db, operators, requests, actor: by }) => {
        const { key, publicKey, roles } = await operators.check(db, wanted)
        const act = { name, key, publicKey, roles }
        const { request } = await requests.ask(db, { kind: 'new-operator', act, reason: wish.reason.trim(), by })
        print(`Request ${request.id}. Another operator allows it:  pratu requests approve ${request.id}`)
        print(`The key of ${name}: ${key}`)
      })
    })

  operators
    .command('remove')
    .argument('<name>', 'as `pratu operators list` has it')
    .requiredOption('--why <text>', 'for the record')
    .description('End what an operator may do, at once; what they signed goes on to verify')
    .action((name: string, { why }: { why: string }) => {
      if (why.trim() === '') throw new CommandRefused('Say why, for the record: --why "…".')
      return opened(open, async ({ db, operators, actor }) => {
        await operators.remove(db, name, { actor, why: why.trim() })
        print(`${name} is no operator any more.`)
      })
    })

  operators
    .command('list')
    .option('--json', 'for programs')
    .description('Everybody who is or was an operator, with their roles and keys')
    .action(({ json }: { json?: true }) =>
      opened(open, async ({ db, operators }) => {
        const all = await operators.list(db)
        if (json) return print(JSON.stringify(all.map(asJson), null, 2))
        for (const one of all) print(lineOf(one))
        if (all.length === 0)
          print('There are no operators yet: two people make themselves the first, by pratu operators init.')
      }),
    )
}

const NAMED = /^([^=]+)=(.+)$/

async function named(text: string): Promise<NewOperator> {
  const [, name, file] = NAMED.exec(text) ?? []
  if (!name || !file) throw new CommandRefused(`${JSON.stringify(text)} is not NAME=FILE.`)
  return { name, publicKey: publicText(await publicKeyIn(file)), roles: ROLE_NAMES }
}

async function publicKeyIn(file: string): Promise<KeyObject> {
  const text = await readFile(file, 'utf8')
  // A private half must not even be brought here.
  if (text.includes('PRIVATE KEY'))
    throw new CommandRefused(`${file} is a private key: it stays with its holder, who hands over the file beside it.`)
  try {
    return createPublicKey(text)
  } catch (error) {
    throw new CommandRefused(`${file} is no public key in PEM.`, { cause: error })
  }
}

function roles(text: string): readonly Role[] {
  const named = text.split(',').map((role) => role.trim())
  if (!named.every(isRole)) throw new InvalidArgumentError(`Of ${ROLE_NAMES.join(', ')}, by comma.`)
  return named
}

const iso = (at: number): string => `${new Date(at).toISOString().slice(0, 16)}Z`

const asJson = ({ name, key, roles, addedAt, removedAt }: Listed) => ({
  name,
  key,
  roles,
  added: iso(addedAt),
  ...(removedAt !== undefined && { removed: iso(removedAt) }),
})

function lineOf({ name, key, roles, addedAt, removedAt }: Listed): string {
  const until = removedAt === undefined ? '' : `, removed ${iso(removedAt)}`
  return `${name.padEnd(12)} ${key}  ${roles.join(', ')}  since ${iso(addedAt)}${until}`
}
