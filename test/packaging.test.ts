import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { readConfig } from '../src/config.ts'
import { importedAtRunTime } from './support/chapters.ts'
import { testFolder } from './support/folder.ts'

const top = resolve(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(top, path), 'utf8')
const packageJson = JSON.parse(read('package.json')) as Record<string, Record<string, string>>

describe('the production image', () => {
  test('is made of an allow-list without the demo world, keys and tests, and runs without rights', () => {
    const ignored = read('.dockerignore').split('\n')
    expect(ignored).toContain('*')
    for (const line of ['src/demo', 'views/demo']) expect(ignored).toContain(line)
    for (const folder of ['keys', 'test', '.data', 'node_modules']) expect(ignored).not.toContain(`!${folder}`)
    const steps = read('Dockerfile').split('\n')
    expect(steps.filter((line) => line.startsWith('FROM node:24'))).toHaveLength(2)
    const copied = steps.filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
    for (const line of copied)
      for (const path of line.split(' ').slice(1, -1)) expect(existsSync(join(top, path))).toBe(true)
    // The operator's command under the name that the documents call it by.
    const link = /^RUN ln -s \/pratu\/(\S+) \/usr\/local\/bin\/pratu$/m.exec(read('Dockerfile'))
    expect(link?.[1]).toBe(packageJson.bin?.pratu)
    expect(steps.indexOf('USER node')).toBeGreaterThan(0)
    expect(steps.indexOf('USER node')).toBeLessThan(steps.findIndex((line) => line.startsWith('CMD')))
    const command = steps.find((line) => line.startsWith('CMD'))!
    expect(`exec ${(JSON.parse(command.slice(4)) as string[]).join(' ')}`).toBe(packageJson.scripts?.serve)
  })

  test('holds every library that the service imports, and needs no file of the demo world', () => {
    const files = ['src', 'views'].flatMap((folder) =>
      readdirSync(join(top, folder), { recursive: true, withFileTypes: true })
        .map((entry) => join(entry.parentPath, entry.name).slice(top.length + 1))
        .filter((path) => path.endsWith('.ts') && !/^(src|views)\/demo\//.test(path)),
    )
    const specifiers = files.flatMap((path) => importedAtRunTime(path, read(path)))
    const libraries = specifiers.filter((specifier) => !/^(\.|node:)/.test(specifier))
    expect(libraries.length).toBeGreaterThan(5)
    const names = libraries.map((name) =>
      name
        .split('/')
        .slice(0, name.startsWith('@') ? 2 : 1)
        .join('/'),
    )
    expect(names.filter((name) => packageJson.dependencies![name] === undefined)).toEqual([])
    expect(specifiers.filter((specifier) => specifier.includes('/demo/'))).toEqual([])
  })

  test('gets settings from compose.yaml that the production profile accepts', () => {
    const folder = testFolder()
    const pairs = [...read('compose.yaml').matchAll(/^ {4}(PRATU_\w+): (.+)$/gm)].map(([, name, value]) => [
      name!,
      value!,
    ])
    const inImage = [...read('Dockerfile').matchAll(/(PRATU_\w+)=(\S+)/g)].map(([, name, value]) => [name!, value!])
    const environment: Record<string, string> = Object.fromEntries([...inImage, ...pairs])
    const files: Record<string, string> = {
      PRATU_DATABASE_URL_FILE: 'postgres://pratu:x@postgres/pratu',
      PRATU_REDIS_URL_FILE: 'redis://:x@valkey:6379',
      PRATU_MASTER_KEY_FILE: 'ab'.repeat(32),
    }
    for (const [name, content] of Object.entries(files)) {
      expect(environment[name]).toMatch(/^\/run\/secrets\//)
      environment[name] = join(folder.path, name)
      writeFileSync(environment[name], `${content}\n`)
    }
    environment.PRATU_ISSUER = environment.PRATU_ISSUER!.replace(/\$\{DOMAIN:.*\}/, 'id.example.org')
    environment.PRATU_HELP_PHONE = environment.PRATU_HELP_PHONE!.replace(/\$\{.*\}/, '1111')
    const config = readConfig(environment)
    expect(config).toMatchObject({ profile: 'production', issuer: 'https://id.example.org', listen: '0.0.0.0' })
    expect(config.trustedProxies).toEqual([/subnet: (\S+) \}/.exec(read('compose.yaml'))![1]])
    folder.remove()
  })

  test('is started by the steps at the head of compose.yaml, typed in this order in an empty folder', () => {
    const folder = testFolder()
    const compose = read('compose.yaml')
    const steps = [...compose.matchAll(/^# {3}(.+)$/gm)].map(([, step]) => step!)
    const demanded = new Set([...compose.matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name!))
    expect(demanded).toEqual(new Set(['DOMAIN', 'HELP_PHONE']))
    const files = [...compose.matchAll(/\{ file: \.\/(\S+) \}/g)].map(([, file]) => file!)
    expect(files).toHaveLength(5)
    // As compose: no word of it works without what the file demands, nor a container whose secrets are missing.
    writeFileSync(
      join(folder.path, 'docker'),
      `#!/bin/sh\nset -e\n${[...demanded].map((name) => `[ -n "$${name}" ] || grep -q '^${name}=.' .env\n`).join('')}cat ${files.join(' ')} >read\necho "$@" >>calls\n`,
      { mode: 0o755 },
    )
    const script = ['set -e', ...steps].join('\n')
    const env = { PATH: `${folder.path}:${process.env.PATH}` }
    const done = spawnSync('sh', [], { cwd: folder.path, env, input: script, encoding: 'utf8' })
    expect([done.stderr, done.status]).toEqual(['', 0])
    const calls = readFileSync(join(folder.path, 'calls'), 'utf8').trim().split('\n')
    expect(calls).toHaveLength(steps.filter((step) => step.includes('docker')).length)
    expect(readFileSync(join(folder.path, 'secrets/master_key'), 'utf8')).toMatch(/^[0-9a-f]{64}\n$/)
    folder.remove()
  })
})

describe('preparing a clone', () => {
  /** A clone whose packages are "installed" by an npm that only notes that it was called. */
  function clone() {
    const folder = testFolder()
    for (const path of ['bin', 'package.json', 'package-lock.json'])
      cpSync(join(top, path), join(folder.path, path), { recursive: true })
    const npm = join(folder.path, 'npm.js')
    writeFileSync(
      npm,
      `import { appendFileSync, cpSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
       appendFileSync('calls', process.argv.slice(2).join(' ') + '\\n')
       if (process.env.BREAK) { console.error('no network'); process.exit(1) }
       rmSync('node_modules', { recursive: true, force: true })
       mkdirSync('node_modules/.bin', { recursive: true })
       symlinkSync(process.execPath, 'node_modules/.bin/node')
       cpSync(process.env.NOTE, 'node_modules/.package-lock.json')`,
    )
    const prepare = (environment: Record<string, string> = {}) =>
      spawnSync(process.execPath, ['bin/prepare.mjs', 'start'], {
        cwd: folder.path,
        encoding: 'utf8',
        env: {
          PATH: process.env.PATH,
          npm_execpath: npm,
          NOTE: join(top, 'node_modules/.package-lock.json'),
          ...environment,
        },
      })
    const calls = () =>
      existsSync(join(folder.path, 'calls')) ? readFileSync(join(folder.path, 'calls'), 'utf8').trim().split('\n') : []
    return { ...folder, prepare, calls }
  }

  test('installs once, without install scripts, and then has nothing to do', () => {
    const fresh = clone()
    const first = fresh.prepare()
    expect([first.status, first.stderr]).toEqual([0, ''])
    expect(first.stdout.trim().split('\n')).toHaveLength(1)
    expect(fresh.calls()).toHaveLength(1)
    expect(fresh.calls()[0]).toMatch(/^ci --ignore-scripts /)
    const second = fresh.prepare()
    expect([second.status, second.stdout]).toEqual([0, ''])
    expect(fresh.calls()).toHaveLength(1)
    fresh.remove()
  })

  test('installs again when the lock asks for another version', () => {
    const fresh = clone()
    fresh.prepare()
    const lock = join(fresh.path, 'package-lock.json')
    writeFileSync(lock, readFileSync(lock, 'utf8').replace('"version": "3.3.0"', '"version": "3.3.1"'))
    fresh.prepare()
    expect(fresh.calls()).toHaveLength(2)
    fresh.remove()
  })

  test('says so and fails when npm does', () => {
    const fresh = clone()
    const { status, stderr } = fresh.prepare({ BREAK: 'yes' })
    expect(status).toBe(1)
    expect(stderr).toContain('no network')
    expect(stderr).toContain('The dependencies could not be installed')
    fresh.remove()
  })

  test('says which Node it needs where it can bring none', () => {
    const folder = testFolder()
    cpSync(join(top, 'bin'), join(folder.path, 'bin'), { recursive: true })
    const run = spawnSync(process.execPath, ['bin/pratu.mjs'], { cwd: folder.path, encoding: 'utf8' })
    expect([run.status, run.stderr]).toEqual([
      1,
      'The dependencies are not installed: run `npm ci --ignore-scripts` in this folder first.\n',
    ])
    folder.remove()
  })
})

test('npx pratu runs from any folder and prints the manual of the settings', () => {
  const folder = testFolder()
  mkdirSync(join(folder.path, 'elsewhere'))
  symlinkSync(join(top, 'bin/pratu.mjs'), join(folder.path, 'pratu'))
  const { status, stdout } = spawnSync(join(folder.path, 'pratu'), ['config'], {
    cwd: join(folder.path, 'elsewhere'),
    encoding: 'utf8',
    env: { PATH: process.env.PATH },
  })
  expect(status).toBe(0)
  expect(stdout).toContain('PRATU_MASTER_KEY')
  folder.remove()
})
