import type { AuditLog } from '../audit/log.ts'
import { type OperatorKeys, publicKeyOf } from '../audit/signature.ts'
import type { Actor } from '../identity/actor.ts'
import type { Clock } from '../platform/clock.ts'
import { type Db, transaction } from '../platform/db.ts'
import { cell, type Sealer } from '../platform/seal.ts'
import { type NewOperator, type Operator, parseOperator } from './operator.ts'
import * as store from './store.ts'

// Who is an operator. The first two are made together where there are none; each further one by two who are. Rows are
// sealed, so that the database alone makes nobody one; that the log agrees with the table is checked by `pratu audit verify`.

export interface Listed extends Operator {
  /** Epoch milliseconds. */
  readonly addedAt: number
  readonly removedAt?: number
}

/** In one sentence for the operator, who sees that nothing was changed. */
export class OperatorsRefused extends Error {}

export interface Operators {
  /** With its audit entry. @throws OperatorsRefused where there are operators, or ever were. */
  begin(db: Db, two: readonly NewOperator[], actor: Actor): Promise<readonly Operator[]>
  /** What two have agreed on, with its audit entry. @throws OperatorsRefused */
  add(tx: Db, wanted: NewOperator, by: { readonly actor: Actor; readonly operatorRequest: string }): Promise<Operator>
  /** Whether `add` would take them, before anybody is asked. @throws OperatorsRefused */
  check(db: Db, wanted: NewOperator): Promise<Operator>
  /**
   * At once, whatever they are doing: what has not committed doesn't. With its audit entry.
   * @throws OperatorsRefused for nobody, and for whom the others could not replace.
   */
  remove(db: Db, name: string, by: { readonly actor: Actor; readonly why: string }): Promise<Operator>
  /** Everybody, those who were removed too. */
  list(db: Db): Promise<readonly Listed[]>
}

/** Two must stay who can ask for and allow a successor. */
const FEWEST_KEEPERS = 2

export const recordBinding = (key: string): string => cell('operator', 'record', key)

interface Record extends Operator {
  readonly removed?: true
}

/** What the audit asks about operators. Needs nothing of the audit, which is opened with it. */
export function openOperatorKeys({ sealer }: { readonly sealer: Sealer }): OperatorKeys {
  return {
    async holder(db, key) {
      const row = await store.find(db, key, 'share')
      const operator = row && recordOf(row, sealer)
      if (!operator) return undefined
      return { name: operator.name, publicKey: publicKeyOf(operator.publicKey), roles: operator.roles }
    },
    any: store.any,
    listed: async (db) => (await store.all(db)).filter(({ removedAt }) => removedAt === null),
  }
}

/** @returns undefined for who was removed, by the row or by what is sealed in it, and for what doesn't open. */
function recordOf({ key, name, record, removedAt }: store.OperatorRow, sealer: Sealer): Record | undefined {
  if (removedAt !== null) return undefined
  try {
    const sealed = JSON.parse(sealer.open(record, recordBinding(key)).toString('utf8')) as Record
    return sealed.removed || sealed.name !== name ? undefined : sealed
  } catch {
    return undefined
  }
}

export interface Needs {
  readonly sealer: Sealer
  readonly audit: AuditLog
  readonly clock: Clock
}

export function openOperators({ sealer, audit, clock }: Needs): Operators {
  const seal = (operator: Record): Buffer => sealer.seal(JSON.stringify(operator), recordBinding(operator.key))

  async function enter(tx: Db, operator: Operator): Promise<void> {
    const { key, name } = operator
    await store.insert(tx, { key, name, record: seal(operator), addedAt: new Date(clock.now()) })
  }

  async function fitting(db: Db, wanted: NewOperator): Promise<Operator> {
    const operator = parsed(wanted)
    for (const other of await store.all(db)) {
      if (other.key === operator.key)
        throw new OperatorsRefused(`This key is, or was, that of ${other.name}: everybody has a key of their own.`)
      if (other.name === operator.name && other.removedAt === null)
        throw new OperatorsRefused(`There is an operator ${operator.name} already.`)
    }
    return operator
  }

  return {
    begin: (on, two, actor) =>
      transaction(on, async (tx) => {
        await store.lock(tx)
        if (await store.any(tx))
          throw new OperatorsRefused('There are operators already: they make further ones, by `pratu operators add`.')
        const operators = two.map(parsed)
        if (new Set(operators.map(({ name }) => name)).size < FEWEST_KEEPERS)
          throw new OperatorsRefused('The first two are two: each has a name of their own.')
        if (new Set(operators.map(({ key }) => key)).size < operators.length)
          throw new OperatorsRefused('The same key twice: everybody has a key of their own.')
        await audit.append(tx, { type: 'operators.begun', actor, detail: { operators: operators.map(asJson) } })
        for (const operator of operators) await enter(tx, operator)
        return operators
      }),
    async add(tx, wanted, { actor, operatorRequest }) {
      await store.lock(tx)
      const operator = await fitting(tx, wanted)
      await enter(tx, operator)
      await audit.append(tx, { type: 'operator.added', actor, detail: { operatorRequest, ...asJson(operator) } })
      return operator
    },
    check: fitting,
    remove: (on, name, { actor, why }) =>
      transaction(on, async (tx) => {
        await store.lock(tx)
        const present = (await store.all(tx)).filter(({ removedAt }) => removedAt === null)
        const row = present.find((one) => one.name === name)
        const operator = row && recordOf(row, sealer)
        if (!operator) throw new OperatorsRefused(`There is no operator ${name}. See: pratu operators list`)
        const keepers = present.filter((one) => one !== row && recordOf(one, sealer)?.roles.includes('key-keeper'))
        if (keepers.length < FEWEST_KEEPERS)
          throw new OperatorsRefused(
            'Two key keepers must stay, or nobody could be added any more: add a successor first. Nothing was changed.',
          )
        // What they are doing now ends first, and stands before it in the log.
        await store.find(tx, operator.key, 'update')
        // On record before it is so: whoever removes themselves can still sign that.
        await audit.append(tx, { type: 'operator.removed', actor, detail: { name, key: operator.key, why } })
        await store.end(tx, operator.key, seal({ ...operator, removed: true }), new Date(clock.now()))
        return operator
      }),
    list: async (db) =>
      (await store.all(db)).map((row) => {
        const { publicKey, roles } = JSON.parse(
          sealer.open(row.record, recordBinding(row.key)).toString('utf8'),
        ) as Record
        const { key, name, addedAt, removedAt } = row
        const ended = removedAt && { removedAt: removedAt.getTime() }
        return { key, name, publicKey, roles, addedAt: addedAt.getTime(), ...ended }
      }),
  }
}

function parsed(wanted: NewOperator): Operator {
  try {
    return parseOperator(wanted)
  } catch (error) {
    throw new OperatorsRefused((error as Error).message)
  }
}

const asJson = ({ name, key, publicKey, roles }: Operator) => ({ name, key, publicKey, roles })
