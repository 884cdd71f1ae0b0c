import { spawn } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import {
  masterOf,
  nextMaster,
  openMasters,
  orMade,
  ownMaster,
  replaceFile,
  settleMaster,
} from '../../src/platform/master-key.ts'
import { systemRandom as random } from '../../src/platform/random.ts'
import { testFolder } from '../support/folder.ts'

let home: ReturnType<typeof testFolder>
beforeEach(() => {
  home = testFolder()
})
afterEach(() => home.remove())

const MODULE = new URL('../../src/platform/', import.meta.url).href
/** Another process with the same folder: hears at any moment that the next master key has taken the other's place. */
const OTHER = (folder: string) => `
import { existsSync, readFileSync } from 'node:fs'
const { openMasters, settleMaster } = await import('${MODULE}master-key.ts')
const { systemRandom: random } = await import('${MODULE}random.ts')
const where = { folder: ${JSON.stringify(folder)}, random }
process.stdout.write('ready')
while (!existsSync(where.folder + '/over')) {
  openMasters(where)
  settleMaster(where, readFileSync(where.folder + '/settled', 'utf8'))
}`

test('three processes find the next master key in one folder at the same moment, and none of them stumbles', async () => {
  const where = { folder: home.path, random }
  const settled = join(home.path, 'settled')
  const next = join(home.path, 'master.new.key')
  ownMaster(home.path, random)
  writeFileSync(settled, 'none')
  const others = [1, 2].map(() => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', OTHER(home.path)], {
      env: { PATH: process.env.PATH },
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString()
      })
    const ready = new Promise((resolve) => child.stdout.once('data', resolve))
    const ended = new Promise<[unknown, string]>((resolve) => child.once('close', (code) => resolve([code, output])))
    return { ready: Promise.race([ready, ended]), ended }
  })
  await Promise.all(others.map(({ ready }) => ready))
  for (let turn = 0; turn < 200; turn++) {
    const [inUse] = openMasters(where)
    const { name } = masterOf(orMade(nextMaster(where), random), random)
    // The others may still be about to settle the one in use: what was made just now must not take its place.
    for (let look = 0; look < 20; look++) {
      const names = openMasters(where).map((one) => one.name)
      if (!names.includes(inUse.name)) throw new Error('the master key in use is gone from its folder')
    }
    replaceFile(settled, name, random)
    // Whoever finds one of the others at it leaves it to them.
    while (existsSync(next)) settleMaster(where, name)
    expect(openMasters(where).map((one) => one.name)).toEqual([name])
  }
  writeFileSync(join(home.path, 'over'), '')
  expect(await Promise.all(others.map(({ ended }) => ended))).toEqual([
    [0, 'ready'],
    [0, 'ready'],
  ])
}, 30_000)
