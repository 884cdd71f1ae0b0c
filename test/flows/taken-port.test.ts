import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { rows } from '../../src/platform/db.ts'
import { systemRandom as random } from '../../src/platform/random.ts'
import { createSecrets } from '../../src/platform/secrets.ts'
import { testDatabase } from '../support/database.ts'
import { testFolder } from '../support/folder.ts'
import { SERVED } from '../support/served.ts'

test('a node whose port is taken says so and ends, and counts as one no more', async () => {
  const [home, database] = [testFolder(), await testDatabase()]
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as { port: number }
  const keys = join(home.path, 'keys')
  createSecrets({ folder: keys, random }, 'demo')
  const child = spawn(process.execPath, [...SERVED], {
    cwd: home.path,
    env: {
      PATH: process.env.PATH,
      PRATU_PROFILE: 'demo',
      PRATU_ISSUER: `http://localhost:${port}`,
      PRATU_PORT: String(port),
      PRATU_KEYS: keys,
      PRATU_DATA: home.path,
      PRATU_DATABASE_URL: database.url,
    },
  })
  try {
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString()
      })
    const [code] = await once(child, 'close')
    expect(code).toBe(1)
    expect(output).toContain(`Port ${port} is taken by another program`)
    expect(await rows(database.db, 'select from secret_holder')).toEqual([])
  } finally {
    child.kill('SIGKILL')
    other.close()
    await database.close()
    home.remove()
  }
}, 60_000)
