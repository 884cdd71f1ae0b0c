import { plainDigits } from '../identity/digits.ts'
import { maskPersonId } from '../identity/person-id.ts'
import type { Guard } from '../methods/guard.ts'
import type { Refusal } from '../methods/method.ts'
import { stepOf } from '../methods/totp/code.ts'
import type { Credentials } from '../persons/credentials.ts'
import type { Clock } from '../platform/clock.ts'
import { type Db, transaction } from '../platform/db.ts'
import type { Random } from '../platform/random.ts'
import type { Artifacts } from '../sessions/artifacts.ts'
import { confirmedBy, type Owner } from './own-means.ts'

// A citizen connects a one-time-code app: a secret is made and shown, and only a code typed back from it puts it in force,
// so that nobody loses the app they have to one that never worked. The secret waits in the sessions store, under the
// session, as long as an interaction lives: whoever must sign in anew in between finds the same one.

const LIFE_SECONDS = 15 * 60
const SECRET_BYTES = 20

export interface OwnApp {
  /** @returns the secret to be shown; the same one as long as it waits. */
  begin(owner: Owner): Promise<Begun>
  /** @returns undefined when the app is in force. */
  finish(owner: Owner, typed: string): Promise<Refusal | undefined>
}

export interface Begun {
  readonly secret: Buffer
  /** For the app: whose code it is, masked. */
  readonly label: string
}

interface Waiting {
  readonly id: string
  readonly person: string
  /** base64url. */
  readonly secret: string
}

export interface Needs {
  readonly db: Db
  readonly artifacts: Pick<Artifacts, 'put' | 'get' | 'remove' | 'once'>
  /** Announces what is enrolled. */
  readonly credentials: Pick<Credentials, 'enrolTotp'>
  /** The throttle of the factor `enrolment`. */
  readonly guard: Guard
  readonly clock: Clock
  readonly random: Random
}

export function openOwnApp({ db, artifacts, credentials, guard, clock, random }: Needs): OwnApp {
  const place = ({ session }: Owner): string => `own-app|${session}`

  async function waiting(owner: Owner): Promise<Waiting | undefined> {
    const found = (await artifacts.get('attempt', place(owner)))?.value as Waiting | undefined
    return found?.person === owner.person.key ? found : undefined
  }

  return {
    async begin(owner) {
      const known = await waiting(owner)
      const kept = known ?? {
        id: random.token(128),
        person: owner.person.key,
        secret: random.bytes(SECRET_BYTES).toString('base64url'),
      }
      if (!known) await artifacts.put('attempt', place(owner), { ...kept }, LIFE_SECONDS)
      const { scheme, code } = owner.person.identifiers[0]!
      return { secret: Buffer.from(kept.secret, 'base64url'), label: maskPersonId(scheme, code) }
    },
    async finish(owner, typed) {
      const code = plainDigits(typed)
      if (!/^\d{6}$/.test(code)) return { code: 'PRT-1206', field: 'code' }
      const kept = await waiting(owner)
      if (!kept) return { code: 'PRT-2222' }
      const { person, request, source } = owner
      const attempt = { subject: person.key, source }
      const spent = await guard.spend(attempt)
      if (!spent.ok) return waitFor(spent.refusal)
      const secret = Buffer.from(kept.secret, 'base64url')
      const step = stepOf(secret, code, clock.now())
      if (step === undefined) return wrong(spent.otherwise)
      // A button pressed twice: the first one does it.
      if (await artifacts.once(`own-app|${kept.id}`, LIFE_SECONDS))
        await transaction(db, async (tx) => {
          // The code that was typed here signs nobody in.
          const options = { secret, request, confirmed: confirmedBy(owner.acr), lastStep: step }
          await credentials.enrolTotp(tx, person.key, { kind: 'citizen', person: person.key }, options)
          await guard.succeed(tx, attempt)
        })
      await artifacts.remove('attempt', place(owner))
      await guard.giveBack(attempt)
      return undefined
    },
  }
}

/** In the words of this page: it is not a sign-in that has to wait. */
export const waitFor = ({ code, ...rest }: Refusal): Refusal => ({
  ...rest,
  code: code === 'PRT-1005' ? code : 'PRT-2227',
  field: 'code',
})

export const wrong = ({ values }: Refusal): Refusal => ({ code: 'PRT-2220', field: 'code', ...(values && { values }) })
