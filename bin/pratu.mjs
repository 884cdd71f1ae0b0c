#!/usr/bin/env node
// The operator's command. Plain JavaScript that any Node can read, because before anything else it must find a Node that
// runs TypeScript and has argon2 (≥ 24.7): the machine's own, or the one in node_modules.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url))
const [major, minor] = process.versions.node.split('.').map(Number)
const own = path('../node_modules/.bin/node')

if (!existsSync(path('../node_modules'))) {
  console.error('The dependencies are not installed: run `npm ci --ignore-scripts` in this folder first.')
  process.exitCode = 1
} else if (major > 24 || (major === 24 && minor >= 7)) {
  await import('../src/cli.ts')
} else if (existsSync(own)) {
  const child = spawn(own, [path('../src/cli.ts'), ...process.argv.slice(2)], { stdio: 'inherit' })
  // Ctrl-C reaches both of us; the command decides what becomes of it.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    console.error(`${own} could not be started: ${error.message}`)
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + ({ SIGINT: 2, SIGTERM: 15, SIGHUP: 1 }[signal] ?? 9)
  })
} else {
  console.error(`Pratu needs Node 24 (24.7 at least): this is ${process.version}.`)
  process.exitCode = 1
}
