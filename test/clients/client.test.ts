import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { rows } from '../../src/platform/db.ts'
import { agency, clientsFile, manyAgencies, party } from '../support/clients-file.ts'
import { OPERATOR, type TestRegister, testRegister } from '../support/relying-parties.ts'

let register: TestRegister
beforeAll(async () => {
  register = await testRegister()
})
afterAll(() => register.close())

const own = (id: string) => agency({ id, sector: id, relying_parties: [party({ client_id: `${id}-web` })] })

/** A pause that a test ends by hand: `round` ends it and waits until the loop has done its work and pauses again. */
function handPause() {
  const asked: number[] = []
  let end = () => {}
  let arrived = () => {}
  return {
    asked,
    pause: (ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve) => {
        asked.push(ms)
        end = resolve
        signal?.addEventListener('abort', () => resolve())
        arrived()
      }),
    round: () =>
      new Promise<void>((resolve) => {
        arrived = resolve
        end()
      }),
  }
}

describe('the register of relying parties', () => {
  test('knows nobody before it was refreshed, and nobody it was never told of', async () => {
    await register.bring(clientsFile(own('late')))
    const node = register.node()
    expect(node.find('late-web')).toBeUndefined()
    await node.refresh()
    expect(node.find('late-web')).toMatchObject({ id: 'late-web', disabled: false })
    for (const name of ['late', '', '__proto__', 'constructor']) expect(node.find(name)).toBeUndefined()
  })

  test('is in force on another node after its next poll, at most two seconds later', async () => {
    const hand = handPause()
    const node = register.node({ pause: hand.pause })
    await node.watch()
    await register.bring(clientsFile(own('far')))
    expect(node.find('far-web')).toBeUndefined()
    await hand.round()
    expect(node.find('far-web')).toBeDefined()
    expect(Math.max(...hand.asked)).toBeLessThanOrEqual(2_000)

    await register.clients.setDisabled(register.db, 'far-web', true, OPERATOR)
    await hand.round()
    expect(node.find('far-web')?.disabled).toBe(true)
  })

  test('keeps what it knows while the database is away, tells, and goes on by itself', async () => {
    const hand = handPause()
    const faults: unknown[] = []
    let away = false
    const gone = { acquireConnection: () => Promise.reject(new Error('connection refused')) }
    const db = new Proxy(register.db, {
      get: (target, name) => (name === 'client' && away ? gone : (Reflect.get(target, name) as unknown)),
    })
    await register.bring(clientsFile(own('steady')))
    const node = register.node({ db, pause: hand.pause, onFault: (fault) => faults.push(fault) })
    await node.watch()
    away = true
    await hand.round()
    expect(faults).toHaveLength(1)
    expect(node.find('steady-web')).toBeDefined()
    away = false
    await register.clients.setDisabled(register.db, 'steady-web', true, OPERATOR)
    await hand.round()
    expect(node.find('steady-web')?.disabled).toBe(true)
  })

  test('stops polling when it is closed', async () => {
    const hand = handPause()
    const node = register.node({ pause: hand.pause })
    await node.watch()
    await node.close()
    expect(hand.asked).toHaveLength(1)
  })

  test('moves every relying party on when its agency gets another name', async () => {
    await register.bring(clientsFile(own('named')))
    await register.clients.refresh()
    const before = register.clients.find('named-web')!
    await register.bring(clientsFile({ ...own('named'), name: { th: 'ก', en: 'New name', et: 'Uus nimi' } }))
    await register.clients.refresh()
    const after = register.clients.find('named-web')!
    expect(after.agency.name.en).toBe('New name')
    expect(after.version).toBeGreaterThan(before.version)
  })

  test('reads again only what has changed', async () => {
    await register.bring(clientsFile(own('quiet'), own('busy')))
    await register.clients.refresh()
    const [quiet, busy] = ['quiet-web', 'busy-web'].map((id) => register.clients.find(id))
    await register.clients.setDisabled(register.db, 'busy-web', true, OPERATOR)
    await register.clients.refresh()
    expect(register.clients.find('quiet-web')).toBe(quiet)
    expect(register.clients.find('busy-web')).not.toBe(busy)
  })

  test('loses no change when two operators write at once', async () => {
    const node = register.node()
    await node.refresh()
    const names = Array.from({ length: 8 }, (_, n) => `at-once-${n}`)
    await Promise.all(
      names.map(async (name) => {
        await register.bring(clientsFile(own(name)))
        await node.refresh()
      }),
    )
    for (const name of names) expect(node.find(`${name}-web`)).toBeDefined()
  })

  test('disables and enables with an audit entry, and says when there is nothing to do', async () => {
    await register.bring(clientsFile(own('switch')))
    const set = (id: string, disabled: boolean) => register.clients.setDisabled(register.db, id, disabled, OPERATOR)
    expect(await set('switch-web', true)).toBe('changed')
    expect(await set('switch-web', true)).toBe('same')
    expect(await set('switch-web', false)).toBe('changed')
    expect(await set('nobody', true)).toBe('unknown')
    const entries = await rows<{ type: string }>(
      register.db,
      `select type from audit_event where client = 'switch-web' order by id`,
    )
    expect(entries.map(({ type }) => type)).toEqual(['client.imported', 'client.disabled', 'client.enabled'])
  })

  test('finds one of 500 without asking the database, and the same object each time', async () => {
    await register.bring(manyAgencies(500))
    let asked = 0
    const db = new Proxy(register.db, {
      get(target, name) {
        if (name === 'client') asked++
        return Reflect.get(target, name) as unknown
      },
    })
    const node = register.node({ db })
    await node.refresh()
    expect(asked).toBe(2) // the clients, their agreements
    const first = Array.from({ length: 500 }, (_, n) => node.find(`client-${n}`))
    for (let round = 0; round < 20; round++)
      for (const client of first) expect(client !== undefined && node.find(client.id) === client).toBe(true)
    expect(asked).toBe(2)
  })
})
