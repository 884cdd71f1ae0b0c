import { openCeremony } from '../../src/methods/passkey/ceremony.ts'
import { type Allowance, openEnrolment, QUESTION_LIFE } from '../../src/methods/passkey/enrolment.ts'
import { openPasskey, type PasskeyShow } from '../../src/methods/passkey/method.ts'
import { openPasskeys } from '../../src/methods/passkey/passkeys.ts'
import type { Notice } from '../../src/persons/notices.ts'
import type { Person } from '../../src/persons/person.ts'
import { type Db, transaction } from '../../src/platform/db.ts'
import { systemRandom } from '../../src/platform/random.ts'
import type { Artifacts } from '../../src/sessions/artifacts.ts'
import { openMemoryArtifacts } from '../../src/sessions/memory.ts'
import { testSealer } from './keys.ts'
import { type SoftAuthenticator, type SoftKey, softAuthenticator } from './passkeys.ts'
import { signInWorld } from './sign-in.ts'

// Everything behind a passkey, on a real database, without HTTP and without a browser.

export const ORIGIN = 'https://id.example'

export function passkeyWorld(db: Db, kept?: Artifacts) {
  const people = signInWorld(db)
  const { clock, audit, persons } = people
  const artifacts = kept ?? openMemoryArtifacts({ clock })
  const told: Notice[] = []
  const notices = { tell: async (_tx: Db, _person: unknown, notice: Notice) => void told.push(notice) }
  const passkeys = openPasskeys({ sealer: testSealer(), audit, clock, random: systemRandom })
  const ceremony = openCeremony({ service: 'id.example', origin: ORIGIN, life: QUESTION_LIFE })
  const parts = { db, ceremony, passkeys, persons, artifacts, clock, random: systemRandom }
  const enrolment = openEnrolment({ ...parts, notices, audit })
  const method = openPasskey(parts)

  const strong = (): Allowance => ({ by: 'sign-in', acr: 'high', at: clock.now() })

  /** What their device was asked. */
  async function question(person: Person, allowance: Allowance = strong()): Promise<unknown> {
    const begun = await enrolment.begin(db, person, allowance)
    if (!begun.ok) throw new Error(`no question: ${begun.code}`)
    return begun.options
  }

  const keep = (person: Person, answer: string, name = 'my key') =>
    transaction(db, (tx) => enrolment.finish(tx, person.key, { answer, name }))

  return {
    ...people,
    artifacts,
    told,
    passkeys,
    ceremony,
    enrolment,
    method,
    notices,
    strong,
    question,
    keep,
    async citizen(code: string): Promise<Person> {
      const person = await persons.get(db, await people.addPerson(code))
      if (!person) throw new Error('nobody was added')
      return person
    },
    /** A passkey of theirs, kept. */
    async enrol(
      person: Person,
      device: SoftAuthenticator = softAuthenticator({ origin: ORIGIN }),
      allowance = strong(),
    ): Promise<SoftKey> {
      const key = device.make(await question(person, allowance))
      const kept = await keep(person, key.made)
      if (!kept.ok) throw new Error(`not kept: ${kept.code} ${kept.because}`)
      return key
    },
    /** A sign-in begun: what is asked, and the state that goes with it. */
    async begin() {
      const step = await method.begin(input({}))
      if (step.step !== 'ask') throw new Error('nothing was asked')
      return { options: (step.show as unknown as PasskeyShow).options, state: step.state }
    },
    input,
  }
}

export const input = (fields: Record<string, string>, need: 'low' | 'substantial' | 'high' = 'low') => ({
  fields,
  source: '192.0.2.1',
  need,
  language: 'en' as const,
  towards: { th: 'กรมสรรพากร', en: 'Revenue Department', et: 'Maksuamet' },
  back: `${ORIGIN}/login/x/passkey/return`,
})

export type PasskeyWorld = ReturnType<typeof passkeyWorld>
