import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Command } from 'commander'
import { addClientsCommands } from '../../src/cli/clients.ts'
import { CommandRefused } from '../../src/cli/opened.ts'
import { agency, agreement, clientsFile, party, SECRET } from '../support/clients-file.ts'
import { OPERATOR, type TestRegister, testRegister } from '../support/relying-parties.ts'

let register: TestRegister
let folder: string
beforeAll(async () => {
  register = await testRegister()
  folder = mkdtempSync(join(tmpdir(), 'pratu-test-clients-'))
})
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await register.close()
})

/** What an operator reads: the lines printed, or the refusal. */
async function pratu(profile: 'demo' | 'production', ...words: string[]) {
  const printed: string[] = []
  let refused = ''
  let closed = 0
  const program = new Command('pratu').exitOverride().configureOutput({
    writeErr: (text) => {
      refused += text
    },
  })
  addClientsCommands(program, {
    open: async () => ({ ...register, config: { profile }, actor: OPERATOR, close: async () => void closed++ }),
    print: (line) => printed.push(line),
  })
  for (const command of program.commands) command.copyInheritedSettings(program)
  await program.parseAsync(['clients', ...words], { from: 'user' }).catch((error: Error) => {
    expect(error).toBeInstanceOf(CommandRefused)
    refused += `${error.message}\n`
  })
  expect(closed).toBe(1)
  return { printed, refused }
}

function file(name: string, content: unknown): string {
  const path = join(folder, name)
  writeFileSync(path, typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content))
  return path
}

const own = (id: string, changes = {}) =>
  agency({ id, sector: id, relying_parties: [party({ client_id: `${id}-web`, ...changes })] })

describe('pratu clients', () => {
  test('import says what came in, and a second time that all is as before', async () => {
    const path = file('in.json', clientsFile(own('in')))
    expect((await pratu('production', 'import', path)).printed).toEqual([
      'in          new',
      'in  in-web  new  agreement new',
      '1 of 1 sites brought in.',
    ])
    expect((await pratu('production', 'import', path)).printed).toEqual(['0 of 1 sites brought in, 1 are as before.'])
  })

  test('import tells a secret that it made, once', async () => {
    const { client_secret: _, ...rest } = party({ client_id: 'made-web' })
    const path = file('made.json', clientsFile(agency({ id: 'made', sector: 'made', relying_parties: [rest] })))
    expect((await pratu('production', 'import', path)).printed.at(-1)).toMatch(
      /^The client secret of made-web, told this once: [\w-]{43}$/,
    )
    expect((await pratu('production', 'import', path)).printed.join()).not.toContain('secret')
  })

  test('import says from when on an algorithm is used that no agency has asked for before', async () => {
    const path = file('other.json', clientsFile(own('other', { id_token_signed_response_alg: 'PS256' })))
    const awaited = `PS256: the first key is announced and signs from ${new Date(register.clock.now() + register.rotation.waits.announced).toISOString().slice(0, 16)}Z; until then tokens for these sites are signed with ES256.`
    expect((await pratu('production', 'import', path)).printed).toContain(awaited)
    register.clock.advance(60_000)
    expect((await pratu('production', 'import', path)).printed).toContain(awaited)
    register.clock.advance(register.rotation.waits.announced)
    await register.rotation.advance(register.db, OPERATOR)
    expect((await pratu('production', 'import', path)).printed.join()).not.toContain('PS256')
  })

  test('import names every mistake and changes nothing', async () => {
    const path = file('bad.json', clientsFile(own('bad', { redirect_uris: ['http://x.example/'], colour: 1 })))
    const { printed, refused } = await pratu('production', 'import', path)
    expect(printed).toEqual([])
    expect(refused).toBe(
      [
        `${path} has 2 mistakes; nothing was changed:`,
        '  agencies[0].relying_parties[0].colour is not a known name',
        '  agencies[0].relying_parties[0].redirect_uris[0] must begin with https://',
        '',
      ].join('\n'),
    )
    expect((await pratu('production', 'show', 'bad-web')).refused).toContain('There is no client "bad-web"')
  })

  test('import takes http addresses of this machine in the demo profile only', async () => {
    const path = file('local.json', clientsFile(own('local', { redirect_uris: ['http://localhost:3100/callback'] })))
    expect((await pratu('production', 'import', path)).refused).toContain('must begin with https://')
    expect((await pratu('demo', 'import', path)).refused).toBe('')
  })

  test.each([
    ['{"agencies": [}', 'line 1, column 15 a value was expected here'],
    ['', 'line 1, column 1 the text ends too early'],
    [Buffer.from([0x7b, 0xff, 0x7d]), 'the file is not UTF-8 text'],
  ])('import refuses a file that is no JSON', async (content, problem) => {
    const { refused } = await pratu('production', 'import', file('broken.json', content))
    expect(refused).toContain(`has one mistake; nothing was changed:\n  ${problem}`)
  })

  test('list shows each site with its agreement', async () => {
    const expired = agreement({ valid_to: '2026-11-20' })
    const coming = agreement({ valid_from: '2027-01-01' })
    await register.bring(
      clientsFile(
        own('list-a'),
        own('list-b', { agreement: expired }),
        own('list-c', { agreement: coming }),
        own('list-d', { agreement: null }),
      ),
    )
    await pratu('production', 'disable', 'list-d-web')
    const { printed } = await pratu('production', 'list')
    const lines = printed.filter((line) => line.startsWith('list-')).map((line) => line.split(/ {2,}/))
    expect(lines).toEqual([
      ['list-a', 'list-a-web', 'client_secret_basic', 'until 2029-01-01T00:00Z'],
      ['list-b', 'list-b-web', 'client_secret_basic', 'EXPIRED'],
      ['list-c', 'list-c-web', 'client_secret_basic', 'from 2027-01-01T00:00Z'],
      ['list-d', 'list-d-web', 'client_secret_basic', 'none: subject only', 'disabled'],
    ])
  })

  test('show tells all but the secret', async () => {
    const resources = [{ resource: 'https://api.example/x', token: 'jwt', scopes: ['read'] }]
    await register.bring(clientsFile(own('shown', { agreement: agreement({ resources }) })))
    const { printed } = await pratu('production', 'show', 'shown-web')
    const picture = printed.join('\n')
    for (const part of [
      'https://tax.example/callback',
      'ยื่นภาษีออนไลน์',
      'version 1, until 2029-01-01T00:00Z',
      'by law',
      'given_name, family_name, person_code, person_code_scheme (Revenue Code)',
      'birthdate, locale',
      'https://api.example/x (jwt: read)',
    ])
      expect(picture).toContain(part)
    expect(picture).not.toContain(SECRET)
    expect(picture).not.toContain(register.clients.find('shown-web')?.secretHash ?? 'no hash')
  })

  test('disable and enable say what they did', async () => {
    await register.bring(clientsFile(own('switched')))
    const said = async (verb: string) => (await pratu('production', verb, 'switched-web')).printed
    expect(await said('enable')).toEqual(['switched-web is enabled already.'])
    expect(await said('disable')).toEqual(['switched-web is disabled, on every node within 5 seconds.'])
    expect((await pratu('production', 'show', 'switched-web')).printed).toContainEqual(
      expect.stringMatching(/^state +disabled$/),
    )
    expect(await said('enable')).toEqual(['switched-web is enabled, on every node within 5 seconds.'])
    expect((await pratu('production', 'disable', 'nobody')).refused).toContain('There is no client "nobody"')
  })
})
