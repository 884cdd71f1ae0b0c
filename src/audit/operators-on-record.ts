import type { KeyObject } from 'node:crypto'
import { canonicalJson } from '../formats/canonical-json.ts'
import type { Json } from '../identity/json.ts'
import { type EventType, UNSIGNED } from './entry.ts'
import { actText, isSigned, publicKeyOf } from './signature.ts'
import type { StoredRow } from './store.ts'

// Whose signature an entry must bear, by what the log itself says before it: who became an operator and with which key,
// who stopped being one, who asked for what. The operators' own table is only compared at the end: whoever writes
// themselves into it, or out of it, is found. Reads entries in their order; knows nothing of what they are about.

/** What an entry says, once its commitment was found to hold. */
export interface Told {
  readonly type: string
  readonly actor: { readonly kind: string; readonly name?: string; readonly key?: string }
  readonly detail?: Readonly<Record<string, Json>>
}

export interface OperatorsOnRecord {
  /** @returns what is wrong with its signature, or with what the entry does among operators. */
  see(row: StoredRow, told: Told): string | undefined
  /** The same for an entry of which only the commitment is left. */
  seeErased(row: StoredRow): string | undefined
  /** So many signatures were verified. */
  verified(): number
  /** Those in force at the end, as `name key`. */
  inForce(): ReadonlySet<string>
}

type Details = Readonly<Record<string, Json>>

interface Known {
  readonly name: string
  readonly publicKey: KeyObject
  removed: boolean
}

type NewOperator = { readonly name: string; readonly key: string; readonly publicKey: string }

interface Asked {
  readonly digest: Json | undefined
  readonly act: Json | undefined
  readonly key: string | undefined
  approved: boolean
}

export function operatorsOnRecord(): OperatorsOnRecord {
  const known = new Map<string, Known>()
  /** By the number of the request: what was asked for, and by whose key. */
  const asked = new Map<Json | undefined, Asked>()
  let begun = false
  let verified = 0
  /** A request may have been asked for before what is left of the log begins. */
  let erased = false

  function enter({ name, key, publicKey }: NewOperator): void {
    known.set(key, { name, publicKey: publicKeyOf(publicKey), removed: false })
  }

  function signatureFault({ signer, signature, commitment }: StoredRow): string | undefined {
    const holder = known.get(signer!)
    if (!holder) return 'signature: by a key that no operator has'
    if (holder.removed) return `signature: by a key of ${holder.name} that was removed before`
    if (!isSigned(holder.publicKey, actText(commitment), signature!)) return 'signature'
    verified++
    return undefined
  }

  function actorFault(row: StoredRow, { type, actor }: Told): string | undefined {
    if (actor.kind !== 'operator' || actor.key === undefined) {
      if (row.signer !== null) return 'signature: of an entry that nobody signed'
      const free = type === 'operators.begun' || UNSIGNED.includes(type as EventType)
      const mustBe = actor.kind === 'operator' && begun && !free
      return mustBe ? 'signature: missing' : undefined
    }
    if (row.signer === null) return 'signature: missing'
    if (row.signer !== actor.key) return 'signature: by another key than the entry says'
    const fault = signatureFault(row)
    return fault ?? (known.get(actor.key)!.name === actor.name ? undefined : 'signature: under another name')
  }

  function consequences({ type, actor, detail = {} }: Told): string | undefined {
    switch (type) {
      case 'operators.begun':
        return beginning(detail)
      case 'operators.asked':
        asked.set(detail.operatorRequest, { digest: detail.digest, act: detail.act, key: actor.key, approved: false })
        return undefined
      case 'operators.approved':
        return approval(actor.key, detail)
      case 'operator.added':
        return added(detail)
      case 'operator.removed': {
        const holder = known.get(detail.key as string)
        if (!holder || holder.removed) return 'operators: removed who was none'
        holder.removed = true
        return undefined
      }
      default:
        return undefined
    }
  }

  /** A second one is a fault for ever; what comes after it is looked at all the same. */
  function beginning({ operators }: Details): string | undefined {
    const again = begun
    begun = true
    for (const one of known.values()) one.removed = true
    for (const one of operators as readonly Json[]) enter(one as NewOperator)
    return again ? 'operators: begun a second time' : undefined
  }

  /** Two keys, one request: what the second allows is what the first asked for. */
  function approval(key: string | undefined, { operatorRequest, digest }: Details): string | undefined {
    const request = asked.get(operatorRequest)
    if (request) request.approved = true
    if (!begun) return undefined
    if (!request) return erased ? undefined : 'operators: approved what nobody asked for'
    if (request.digest !== digest) return 'operators: approved something else than was asked for'
    return request.key === key || known.get(request.key ?? '')?.name === known.get(key ?? '')?.name
      ? 'operators: approved by whoever asked'
      : undefined
  }

  function added({ operatorRequest, ...act }: Details): string | undefined {
    const request = asked.get(operatorRequest)
    const approved = request?.approved && canonicalJson(request.act ?? null) === canonicalJson(act)
    // What was asked for before the log begins is not known any more; that it was approved is.
    if (!approved && !(request === undefined && erased)) return 'operators: added without an approval'
    enter(act as NewOperator)
    return undefined
  }

  return {
    see(row, told) {
      const fault = actorFault(row, told)
      // What is not signed has no consequences: a forged entry makes nobody an operator.
      return fault ?? consequences(told)
    },
    seeErased(row) {
      erased = true
      return row.signer === null ? undefined : signatureFault(row)
    },
    verified: () => verified,
    inForce: () => new Set([...known].filter(([, { removed }]) => !removed).map(([key, { name }]) => `${name} ${key}`)),
  }
}
