import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { inTheWay } from '../../src/cli/in-the-way.ts'
import { CommandRefused } from '../../src/cli/opened.ts'
import { openDb, rows } from '../../src/platform/db.ts'
import { testDatabase } from '../support/database.ts'
import { testFolder } from '../support/folder.ts'
import { freePorts } from '../support/ports.ts'

const thrown = async (work: () => unknown): Promise<unknown> => {
  try {
    await work()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

async function asked(url: string): Promise<unknown> {
  const { db, close } = openDb({ url, connections: 1, patience: 0 })
  try {
    return await thrown(() => rows(db, 'select 1'))
  } finally {
    await close()
  }
}

describe('what stands in the way of a command', () => {
  test('is one sentence where a path is wrong, naming it', async () => {
    const folder = testFolder()
    try {
      const missing = join(folder.path, 'missing.json')
      expect(inTheWay(await thrown(() => readFileSync(missing)))).toBe(`${missing}: there is no such file or folder.`)
      const there = join(folder.path, 'letter.html')
      writeFileSync(there, '')
      const over = await thrown(() => writeFileSync(there, '', { flag: 'wx' }))
      expect(inTheWay(over)).toBe(`${there}: exists already, and nothing is written over.`)
      const below = join(there, 'below')
      expect(inTheWay(await thrown(() => readFileSync(below)))).toBe(`${below}: a part of the way is no folder.`)
      const read = await thrown(() => readFileSync(folder.path))
      expect(inTheWay(read)).toBe('A file was expected, and a folder was named.')
    } finally {
      folder.remove()
    }
  })

  test('is one sentence where the database is away, does not exist or lets nobody in', async () => {
    const [port] = await freePorts(1)
    const away = inTheWay(await asked(`postgres://pratu:secret@localhost:${port}/pratu`))
    expect(away).toMatch(/^The database does not answer: .*ECONNREFUSED/)
    expect(away).not.toContain('secret')
    const database = await testDatabase()
    try {
      const other = new URL(database.url)
      other.pathname = '/nothing-here'
      expect(inTheWay(await asked(other.href))).toMatch(/^The database refuses us: .*"nothing-here" does not exist$/)
    } finally {
      await database.close()
    }
  })

  test("is said in a refusal's own words, and shown with its stack where it is a fault of ours", () => {
    expect(inTheWay(new CommandRefused('Nobody has this code.'))).toBe('Nobody has this code.')
    expect(inTheWay(new TypeError('x is undefined'))).toContain('in-the-way.test.ts')
  })
})
