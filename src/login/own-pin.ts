import { plainDigits } from '../identity/digits.ts'
import type { TroubleCode } from '../identity/trouble.ts'
import type { Refusal } from '../methods/method.ts'
import type { PinFault } from '../persons/pin-rules.ts'
import type { Pins } from '../persons/pins.ts'
import { type Db, transaction } from '../platform/db.ts'
import { confirmedBy, type Owner, type Tell } from './own-means.ts'

// A citizen sets the PIN that is asked for after their one-time codes. It lifts those from `low` to `substantial`, so that
// whoever sets one must be known as surely as that already.

export interface OwnPin {
  /** @returns undefined when it is set. */
  set(owner: Owner, typed: { readonly pin: string; readonly again: string }): Promise<Refusal | undefined>
}

export interface Needs {
  readonly db: Db
  readonly pins: Pick<Pins, 'prepare' | 'set'>
  readonly tell: Tell
}

const FAULTS: Readonly<Record<PinFault, TroubleCode>> = {
  length: 'PRT-2006',
  simple: 'PRT-2007',
  personal: 'PRT-2008',
}

export function openOwnPin({ db, pins, tell }: Needs): OwnPin {
  return {
    async set({ person, acr, request }, typed) {
      const [pin, again] = [plainDigits(typed.pin), plainDigits(typed.again)]
      const prepared = await pins.prepare(person, pin)
      if (!prepared.ok) return { code: FAULTS[prepared.fault], field: 'pin' }
      if (pin !== again) return { code: 'PRT-2224', field: 'again' }
      await transaction(db, async (tx) => {
        await tell(tx, person.key, { kind: 'means-added', method: 'pin' })
        const actor = { kind: 'citizen', person: person.key } as const
        await pins.set(tx, prepared.ready, actor, { request, confirmed: confirmedBy(acr) })
      })
      return undefined
    },
  }
}
