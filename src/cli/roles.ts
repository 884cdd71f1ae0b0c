import type { Command } from 'commander'
import type { Json } from '../identity/json.ts'
import { isTroubleCode } from '../identity/trouble.ts'
import { inOrder, type Role } from '../operators/operator.ts'

// Which command takes which role: the one table. A command that isn't in it doesn't run, and a test says so before.

/** A command as it was typed. */
export interface Typed {
  /** `persons set-status`. */
  readonly command: string
  readonly arguments: readonly string[]
  readonly options: Readonly<Record<string, unknown>>
}

export type Rule =
  /** Shows nothing personal and changes nothing: whoever may run it on this machine may. */
  | { readonly does: 'reads' }
  /** Shows what concerns persons; with `when`, only then. */
  | { readonly does: 'shows'; readonly roles: readonly Role[]; readonly when?: (typed: Typed) => boolean }
  /** Signed by the operator's key; with `when`, it changes something only then. */
  | { readonly does: 'changes'; readonly roles: readonly Role[]; readonly when?: (typed: Typed) => boolean }
  /** Makes what must be there before there are operators; refuses by itself afterwards. */
  | { readonly does: 'begins' }

const reads: Rule = { does: 'reads' }
const begins: Rule = { does: 'begins' }
const shows = (...roles: readonly Role[]): Rule => ({ does: 'shows', roles })
const changes = (...roles: readonly Role[]): Rule => ({ does: 'changes', roles })

export const RULES: Readonly<Record<string, Rule>> = {
  config: reads,
  explain: {
    does: 'shows',
    roles: ['desk', 'auditor'],
    // A code is the catalogue's; a request is a person's story.
    when: ({ arguments: [asked = ''] }) => asked !== '' && !isTroubleCode(asked.toUpperCase()),
  },

  'keys init': begins,
  'keys fingerprint': reads,
  'keys list': reads,
  'keys calendar': reads,
  'keys verify': reads,
  'keys announce': changes('key-keeper'),
  'keys promote': changes('key-keeper'),
  'keys retire': changes('key-keeper'),
  'keys revoke': changes('key-keeper'),
  'keys schedule': { does: 'changes', roles: ['key-keeper'], when: ({ options }) => options.every !== undefined },

  'secrets list': reads,
  'secrets rotate': changes('key-keeper'),
  'secrets reencrypt': changes('key-keeper'),
  'secrets finish': changes('key-keeper'),
  'secrets schedule': changes('key-keeper'),

  'operators make-key': begins,
  'operators init': begins,
  'operators list': reads,
  'operators add': changes('key-keeper'),
  'operators remove': changes('key-keeper'),

  'requests list': shows('key-keeper', 'registrar', 'desk'),
  // Which of these it takes is the request's own (operators/requests).
  'requests approve': changes('key-keeper', 'registrar', 'desk'),
  'requests refuse': changes('key-keeper', 'registrar', 'desk'),

  'clients list': reads,
  'clients show': reads,
  'clients import': changes('registrar'),
  'clients disable': changes('registrar'),
  'clients enable': changes('registrar'),

  'methods list': reads,
  'methods off': changes('key-keeper', 'registrar'),
  'methods on': changes('key-keeper', 'registrar'),
  'cards check': reads,
  'cards blocks': reads,
  'cards block': { does: 'changes', roles: ['key-keeper', 'registrar'], when: ({ options }) => !options.dryRun },
  'cards unblock': changes('key-keeper', 'registrar'),

  'sessions list': shows('desk', 'registrar', 'auditor'),
  'sessions end': changes('desk', 'registrar'),
  'deliveries list': shows('desk', 'registrar', 'auditor'),
  'deliveries retry': changes('registrar'),

  'cases list': shows('desk', 'registrar', 'auditor'),
  'cases show': shows('desk', 'registrar', 'auditor'),
  'cases close': changes('desk', 'registrar'),

  'audit list': shows('auditor'),
  // Shows nobody, changes nothing, and runs by night.
  'audit verify': reads,

  'persons show': shows('desk', 'registrar', 'auditor'),
  'persons history': shows('desk', 'registrar', 'auditor'),
  'persons means': shows('desk', 'registrar', 'auditor'),
  'persons code-cards': shows('desk', 'registrar'),
  'persons import': changes('registrar'),
  'persons set-status': changes('registrar'),
  'persons lock': changes('desk', 'registrar'),
  'persons unlock': changes('desk', 'registrar'),
  'persons withdraw-consent': changes('desk', 'registrar'),
  'persons unblock': changes('desk'),
  'persons enrol-totp': changes('desk'),
  'persons enrol-letter': changes('desk'),
  'persons set-phone': changes('desk'),
  'persons remove-phone': changes('desk'),
  'persons remove-means': changes('desk'),
  'persons remove-pin': changes('desk'),
  'persons issue-code-card': changes('desk'),
  'persons revoke-code-card': changes('desk'),
  'persons desk-passkey': changes('desk'),
  'persons recover': changes('desk'),
}

/** @throws Error for a command that nobody gave a rule. */
export function ruleOf({ command }: Typed): Rule {
  const rule = RULES[command]
  if (!rule) throw new Error(`pratu ${command} stands in no line of cli/roles.ts`)
  return rule
}

/** One of these is wanted of whoever typed it; undefined: nobody in particular. */
export function rolesWanted(typed: Typed): readonly Role[] | undefined {
  const rule = ruleOf(typed)
  if (rule.does === 'reads' || rule.does === 'begins') return undefined
  return rule.when && !rule.when(typed) ? undefined : inOrder(rule.roles)
}

/** Its words below `pratu`. */
export function pathOf(command: Command): string {
  const words: string[] = []
  for (let one: Command | null = command; one?.parent; one = one.parent) words.unshift(one.name())
  return words.join(' ')
}

export const typedOf = (command: Command): Typed => ({
  command: pathOf(command),
  arguments: command.args,
  options: command.opts(),
})

/** As it is signed. */
export const givenOf = ({ arguments: given, options }: Typed): Json =>
  JSON.parse(JSON.stringify({ arguments: given, options })) as Json
