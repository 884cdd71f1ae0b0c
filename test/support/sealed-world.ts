import type { Registered } from '../../src/methods/passkey/ceremony.ts'
import { transaction } from '../../src/platform/db.ts'
import { systemRandom } from '../../src/platform/random.ts'
import { somebody } from './operators.ts'
import { callback, type Options, redeem, request, signIn, startService, type TestService } from './service.ts'

// A service in whose database every sealed column has cells of at least two people, put there by the service's own hands.

export const REASON = 'the reason of the canary'
export const DEVICE = 'the telephone of the canary'
export const TEXT = 'the message to the canary'

const NO_MAKE = '00000000-0000-0000-0000-000000000000'

export async function sealedWorld(options: Options = {}): Promise<TestService> {
  const world = await startService(options)
  const { db, persons, passkeys, requests, queue, rotation, operators, mailAddresses, cases, links } =
    world.service.parts
  const by = { kind: 'operator', name: 'malee' } as const
  for (const citizen of world.citizens) {
    const { key: person } = citizen
    for (const status of ['suspended', 'active'] as const)
      await persons.setStatus(db, person, status, { actor: by, reason: REASON })
    await requests.ask(db, { kind: 'recovery', person, act: { why: REASON }, reason: REASON, by })
    await transaction(db, async (tx) => {
      await mailAddresses.confirm(tx, person, 'canary@example.org', { actor: by })
      await links.make(tx, person, { kind: TEXT })
      const number = await cases.open(tx, { person, said: 'link', about: { what: TEXT }, actor: by })
      await cases.close(tx, (await cases.find(tx, number))!, by, REASON)
      await queue.put(tx, { kind: 'test', destination: 'nobody', payload: { text: TEXT }, after: 3_600_000 })
    })
    const made = { publicKey: systemRandom.bytes(77), counter: 0, deviceBound: true, backedUp: false }
    const key: Registered = { ...made, id: systemRandom.bytes(32), aaguid: NO_MAKE, transports: ['internal'] }
    await passkeys.add(db, key, { actor: by, person, name: DEVICE })
    const asked = request(world.issuer, 'tax')
    const { code } = callback(await signIn(world, world.visitor(), citizen, asked))
    await redeem(world.issuer, 'tax', code!, asked.verifier)
  }
  await rotation.announce(db, { actor: by, why: 'a second one' })
  await operators.begin(db, [somebody('anna').as(), somebody('bob').as()], by)
  return world
}
