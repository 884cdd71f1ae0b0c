import { Command, Help } from 'commander'
import { type Needs as AuditNeeds, addAuditCommands } from './audit.ts'
import { addCardBlockCommands, type Needs as CardBlockNeeds } from './card-blocks.ts'
import { addCardCommands, type Needs as CardNeeds } from './cards.ts'
import { addCasesCommands, type Needs as CasesNeeds } from './cases.ts'
import { addClientsCommands, type Needs as ClientsNeeds } from './clients.ts'
import { addCodeCardCommands, type Needs as CodeCardNeeds } from './code-cards.ts'
import { addConfigCommands } from './config.ts'
import { addDeliveryCommands, type Needs as DeliveryNeeds } from './deliveries.ts'
import { addEnrolCommands, type Needs as EnrolNeeds } from './enrol.ts'
import { addExplainCommands, type Needs as ExplainNeeds } from './explain.ts'
import { addKeyRevocationCommand, type Needs as KeyRevocationNeeds } from './key-revocation.ts'
import { addKeyRotationCommands, type Needs as KeyRotationNeeds } from './key-rotation.ts'
import { addKeysCommands, type Needs as KeysNeeds } from './keys.ts'
import { addMeansCommands, type Needs as MeansNeeds } from './means.ts'
import { addMethodsCommands, type Needs as MethodsNeeds } from './methods.ts'
import { addOperatorCommands, type Needs as OperatorNeeds } from './operators.ts'
import { addPersonsCommands, type Needs as PersonsNeeds } from './persons.ts'
import { addPhoneCommands, type Needs as PhoneNeeds } from './phones.ts'
import { addPinCommands, type Needs as PinNeeds } from './pins.ts'
import { addRequestCommands, type Needs as RequestNeeds } from './requests.ts'
import { addSecretsCommands, type Needs as SecretsNeeds } from './secrets.ts'
import { addSessionCommands, type Needs as SessionNeeds } from './sessions.ts'

// Every command that there is, put together at one place: cli.ts hands it what it works on, tests look through it.

/** What most commands need; a few open something else, or are asked for before there is a database. */
export type Needs = AuditNeeds &
  CardBlockNeeds &
  CasesNeeds &
  ClientsNeeds &
  CodeCardNeeds &
  DeliveryNeeds &
  EnrolNeeds &
  ExplainNeeds &
  KeyRevocationNeeds &
  KeyRotationNeeds &
  MeansNeeds &
  MethodsNeeds &
  OperatorNeeds &
  PersonsNeeds &
  PhoneNeeds &
  PinNeeds &
  RequestNeeds &
  SecretsNeeds &
  SessionNeeds & {
    /** Whether a person watches `errors`; `terminal` is about what is printed. */
    readonly watched: boolean
    readonly keys: KeysNeeds
    readonly cards: CardNeeds
  }

export function allCommands(needs: Needs): Command {
  const program = new Command('pratu')
  // Inherited by all: commander's own help doesn't tell what can be left out from what can't.
  const usual = new Help()
  program.configureHelp({
    optionDescription: (option) => `${usual.optionDescription(option)}${option.mandatory ? ' (needed)' : ''}`,
  })
  addConfigCommands(program)
  addOperatorCommands(program, needs)
  addKeysCommands(program, needs.keys)
  addKeyRotationCommands(program, needs)
  addKeyRevocationCommand(program, needs)
  addSecretsCommands(program, { ...needs, terminal: needs.watched })
  addClientsCommands(program, needs)
  addAuditCommands(program, needs)
  addExplainCommands(program, needs)
  addMethodsCommands(program, needs)
  addCardBlockCommands(program, needs)
  addCardCommands(program, needs.cards)
  addPersonsCommands(program, { ...needs, terminal: needs.watched })
  addMeansCommands(program, needs)
  addRequestCommands(program, needs)
  addSessionCommands(program, needs)
  addCasesCommands(program, needs)
  addDeliveryCommands(program, needs)
  addPhoneCommands(program, needs)
  addEnrolCommands(program, needs)
  addCodeCardCommands(program, needs)
  addPinCommands(program, needs)
  return program
}
