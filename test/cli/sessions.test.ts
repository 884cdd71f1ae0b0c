import { Readable } from 'node:stream'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { Command } from 'commander'
import { addDeliveryCommands } from '../../src/cli/deliveries.ts'
import { addPersonsCommands } from '../../src/cli/persons.ts'
import { addSessionCommands } from '../../src/cli/sessions.ts'
import { rows } from '../../src/platform/db.ts'
import { enterParty } from '../support/enter-party.ts'
import { openReceiver, type Receiver } from '../support/receiver.ts'
import {
  type Citizen,
  callback,
  redeem,
  request,
  SECRETS,
  signIn,
  startService,
  type TestService,
} from '../support/service.ts'

// The operator's word on who is signed in and on what agencies were told: `pratu sessions`, `pratu deliveries`, and
// `pratu persons lock | unlock`, on a service that runs.

let at: TestService
let tax: Receiver
beforeAll(async () => {
  at = await startService({ settings: { PRATU_FETCH_ALLOW: 'localhost,127.0.0.1' } })
  tax = await openReceiver()
  await enterParty(at, 'tax', {
    token_endpoint_auth_method: 'client_secret_basic',
    client_secret: SECRETS.tax,
    redirect_uris: ['http://localhost:9/tax/callback'],
    backchannel_logout_uri: `${tax.url}/logout`,
  })
})
afterAll(async () => {
  await at.close()
  await tax.close()
})
beforeEach(async () => {
  for (const { key } of at.citizens)
    await at.service.parts.live.endAllOf(at.database.db, key, 'operator', { kind: 'service', part: 'test' })
  await rows(at.database.db, 'delete from job')
  tax.reset()
})

const somying = () => at.citizens[0]!
const somchai = () => at.citizens[1]!

async function enter(citizen: Citizen, agency: 'tax' | 'social'): Promise<void> {
  const asked = request(at.issuer, agency)
  const { code } = callback(await signIn(at, at.visitor(), citizen, asked))
  await redeem(at.issuer, agency, code!, asked.verifier)
}

let typed = ''
async function run(...words: string[]): Promise<string[]> {
  const printed: string[] = []
  const program = new Command('pratu').exitOverride().configureOutput({ writeErr: () => {}, writeOut: () => {} })
  const needs = {
    open: async () => ({
      ...at.service.parts,
      actor: { kind: 'operator', name: 'anna' } as const,
      close: async () => undefined,
    }),
    print: (line: string) => void printed.push(line),
    input: Readable.from([typed]),
  }
  addSessionCommands(program, needs)
  addDeliveryCommands(program, needs)
  addPersonsCommands(program, {
    ...needs,
    ...{ errors: process.stderr, terminal: false, clock: at.clock, onInterrupt: () => () => undefined },
  })
  const looks = words.includes('list') && words.includes('--person') ? true : words.includes('show')
  await program.parseAsync([...words, ...(looks ? ['--reason', 'they called'] : [])], { from: 'user' })
  return printed
}

const json = async (...words: string[]): Promise<Record<string, unknown>[]> =>
  (await run(...words, '--json')).map((line) => JSON.parse(line) as Record<string, unknown>)
const audited = (type: string) =>
  at.service.parts.auditReading.read(
    at.database.db,
    { kind: 'service', part: 'test' },
    { type, persons: true, limit: 1 },
  )

async function until(done: () => Promise<boolean>): Promise<void> {
  for (const from = performance.now(); !(await done()); ) {
    if (performance.now() - from > 10_000) throw new Error('nothing came of it in ten seconds')
    await new Promise((resolve) => setImmediate(resolve))
  }
}

describe('pratu sessions', () => {
  test('lists those of one person, who is looked up on record, and those at one agency, nobody by name', async () => {
    await enter(somying(), 'tax')
    await enter(somying(), 'social')
    await enter(somchai(), 'tax')
    const mine = await json('sessions', 'list', '--person', 'TH', somying().code)
    expect(mine.map(({ clients }) => String(clients)).toSorted()).toEqual(['social', 'tax'])
    expect(mine[0]).toMatchObject({ acr: 'low', amr: ['otp', 'totp'], session: expect.any(String) })
    expect((await audited('person.read'))[0]).toMatchObject({
      person: somying().key,
      detail: { what: 'sessions', found: true },
    })
    typed = `${somying().code}\n`
    expect(await run('sessions', 'list', '--client', 'tax', '--person', 'TH', '-')).toHaveLength(1)
    const atTax = await run('sessions', 'list', '--client', 'tax')
    expect(atTax).toHaveLength(2)
    expect(atTax.join()).not.toContain(somying().code)
    expect(atTax.join()).not.toContain(somying().key)
    expect(await run('sessions', 'list', '--client', 'land')).toEqual(['Nobody is signed in there.'])
  })

  test('ends one, all of a person, all at an agency; the agencies are told, and it is on record who did it and why', async () => {
    await enter(somying(), 'tax')
    await enter(somying(), 'tax')
    await enter(somchai(), 'tax')
    const [first] = await json('sessions', 'list', '--person', 'TH', somying().code)
    expect(await json('sessions', 'end', String(first!.session), '--reason', 'a lost telephone')).toEqual([
      { ended: 1 },
    ])
    expect(await run('sessions', 'end', '--person', 'TH', somying().code, '--reason', 'they asked')).toEqual([
      '1 ended, on every node within 5 seconds.',
    ])
    expect((await audited('sessions.ended'))[0]).toMatchObject({
      person: somying().key,
      actor: { kind: 'operator', name: 'anna' },
      detail: { reason: 'they asked', rows: 1 },
    })
    expect(await json('sessions', 'end', '--client', 'tax', '--reason', 'the agency was broken into')).toEqual([
      { ended: 1 },
    ])
    expect(await json('sessions', 'end', '--client', 'tax', '--reason', 'again')).toEqual([{ ended: 0 }])
    at.clock.advance(1_000)
    // By the receipts: a message of what stood before this test may still be on its way to the agency.
    await until(
      async () =>
        (await rows(at.database.db, "select 1 from job where kind = 'logout' and outcome = 'done'")).length === 3,
    )
  })

  test('ends nothing that nobody named, without a reason, or of somebody else', async () => {
    await enter(somying(), 'tax')
    const [mine] = await json('sessions', 'list', '--person', 'TH', somying().code)
    const end = (...words: string[]) => run('sessions', 'end', ...words)
    await expect(end('--reason', 'why not')).rejects.toThrow('Name whose')
    await expect(end('--client', 'tax')).rejects.toThrow('--reason')
    await expect(end('--client', 'tax', '--reason', ' ')).rejects.toThrow('needs a reason')
    await expect(end('--client', 'nowhere', '--reason', 'x')).rejects.toThrow('There is no site nowhere')
    await expect(end('not-a-session', '--reason', 'x')).rejects.toThrow('No session is named so')
    const other = ['--person', 'TH', somchai().code, '--reason', 'x']
    await expect(end(String(mine!.session), ...other)).rejects.toThrow('No session is named so')
    await expect(end('--person', 'TH', '--reason', 'x')).rejects.toThrow('named by scheme and code')
    expect(await run('sessions', 'list', '--person', 'TH', somying().code)).toHaveLength(1)
  })
})

describe('pratu deliveries', () => {
  test('shows what waits and tries it now, for a reason', async () => {
    tax.status = 500
    await enter(somying(), 'tax')
    await run('sessions', 'end', '--client', 'tax', '--reason', 'a test')
    at.clock.advance(1_000)
    const next = new Date(at.clock.now() + 5_000).toISOString()
    // While it is being tried another time stands there: when somebody else may take it over.
    await until(async () => (await json('deliveries', 'list', '--state', 'waiting'))[0]?.next_try_at === next)
    const [waiting] = await json('deliveries', 'list', '--client', 'tax', '--person', 'TH', somying().code)
    expect(waiting).toMatchObject({ kind: 'logout', client: 'tax', about: 'operator', state: 'waiting', tries: 1 })
    expect(JSON.stringify(waiting)).not.toContain(somying().key)
    const [session] = await json('deliveries', 'list', '--session', String(waiting!.session))
    expect(session).toEqual(waiting)
    tax.status = 200
    await expect(run('deliveries', 'retry')).rejects.toThrow('--reason')
    const about = ['--person', 'TH', somying().code]
    expect(await json('deliveries', 'retry', String(waiting!.id), ...about, '--reason', 'they are back')).toEqual([
      { retried: 1 },
    ])
    await until(async () => (await json('deliveries', 'list'))[0]?.state === 'delivered')
    expect((await audited('deliveries.retried'))[0]).toMatchObject({ detail: { reason: 'they are back', rows: 1 } })
    expect((await run('deliveries', 'list'))[0]).toMatch(/tax {2}logout \(operator\) {2}delivered \S+Z, 2 tries$/)
    expect(await run('deliveries', 'retry', '--reason', 'once more')).toEqual(['None of these can be tried again.'])
  })

  test('asks for more where there is more than a page, and for no more than it was told', async () => {
    for (let n = 0; n < 3; n++) await enter(somying(), 'tax')
    await run('sessions', 'end', '--client', 'tax', '--reason', 'a test')
    expect(await json('deliveries', 'list', '--limit', '2')).toHaveLength(2)
    expect(await run('deliveries', 'list', '--client', 'land')).toEqual(['There is none.'])
  })
})

test('pratu persons lock and unlock say what they did, once', async () => {
  const command = (verb: string) => run('persons', verb, 'TH', somying().code, '--reason', 'a stolen bag')
  await enter(somying(), 'tax')
  expect((await command('lock'))[0]).toMatch(/locked, on every node within 5 seconds\.$/)
  expect((await command('lock'))[0]).toMatch(/is locked already\.$/)
  expect((await run('persons', 'show', 'TH', somying().code)).join('\n')).toContain('by an operator')
  await until(async () => (await run('sessions', 'list', '--person', 'TH', somying().code))[0]!.includes('nowhere'))
  expect(await json('persons', 'unlock', 'TH', somying().code, '--reason', 'found')).toMatchObject([
    { locked: false, changed: true },
  ])
  expect((await audited('person.unlocked'))[0]).toMatchObject({ detail: { reason: 'found' }, person: somying().key })
})
