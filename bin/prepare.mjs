#!/usr/bin/env node
// Runs before `npm start` and `npm test`, on whatever Node the machine has (≥ 20): installs what is missing, and says in
// one line what it does. With nothing to do it must cost next to nothing, so it imports only Node itself.
//   node bin/prepare.mjs start   the dependencies
//   node bin/prepare.mjs test    and the programs that tests drive: Redis, a browser, Thai letters, a PKCS#11 token
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const top = fileURLToPath(new URL('..', import.meta.url))

/** Where Node runs `.ts` files by itself (22.18) and knows argon2 (24.7). */
const RUNS_PRATU = [24, 7]

const PROGRAMS = [
  {
    what: 'Redis',
    debian: 'redis-server',
    there: () => onPath('redis-server') || onPath('valkey-server'),
  },
  {
    what: 'Chromium',
    debian: 'chromium',
    there: () => existsSync('/usr/bin/chromium'),
  },
  {
    what: 'Thai letters',
    debian: 'fonts-thai-tlwg',
    there: () => holds('/usr/share/fonts', /thai|tlwg/i, 3),
  },
  {
    what: 'SoftHSM',
    debian: 'softhsm2',
    there: () => onPath('softhsm2-util'),
    // A system without it skips the one test of a card key in a token, and says so (test/allowed-skips).
    spared: true,
  },
  {
    what: 'OpenSC',
    debian: 'opensc',
    there: () => onPath('pkcs11-tool'),
    spared: true,
  },
  {
    what: 'nginx',
    debian: 'nginx-light',
    // Not on everybody's PATH. Without it the tests of the card door behind a proxy are skipped.
    there: () => onPath('nginx') || existsSync('/usr/sbin/nginx'),
    spared: true,
  },
  {
    what: 'Apache with mod_auth_openidc',
    // The programs alone: the whole package would start a server.
    debian: ['apache2-bin', 'libapache2-mod-auth-openidc'],
    there: () => existsSync('/usr/lib/apache2/modules/mod_auth_openidc.so') && existsSync('/usr/sbin/apache2'),
    spared: true,
  },
  {
    what: 'Authlib with Flask',
    debian: ['python3-authlib', 'python3-flask', 'python3-requests'],
    there: () => ['authlib', 'flask', 'requests'].every((name) => existsSync(`/usr/lib/python3/dist-packages/${name}`)),
    spared: true,
  },
]

function onPath(name) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

function holds(folder, pattern, depth) {
  if (depth === 0 || !existsSync(folder)) return false
  return readdirSync(folder, { withFileTypes: true }).some(
    (entry) => pattern.test(entry.name) || (entry.isDirectory() && holds(join(folder, entry.name), pattern, depth - 1)),
  )
}

function stop(sentence) {
  console.error(sentence)
  process.exit(1)
}

/**
 * Compares what the lock wants with what npm noted after its last whole installation. By content, not by time: a new
 * checkout or a copied folder has new times and the same packages. An interrupted installation has no note.
 */
function dependenciesAreThere() {
  const read = (path) => JSON.parse(readFileSync(join(top, path), 'utf8')).packages
  let installed
  try {
    installed = read('node_modules/.package-lock.json')
  } catch {
    return false
  }
  return Object.entries(read('package-lock.json')).every(([path, wanted]) => {
    const found = installed[path]
    if (path === '' || (found && found.version === wanted.version)) return true
    return !found && (wanted.optional === true || wanted.peer === true) // another platform's
  })
}

function installDependencies() {
  console.log('Installing the dependencies (npm ci), about half a minute …')
  const flags = ['ci', '--ignore-scripts', '--include=dev', '--include=optional', '--no-audit', '--no-fund']
  // Inside an npm script npm says which of its copies runs; by that no shell is needed to find it.
  const own = process.env.npm_execpath
  const [program, first] = own?.endsWith('.js') ? [process.execPath, [own]] : ['npm', []]
  const { status, stdout, stderr, error } = spawnSync(program, [...first, ...flags], { cwd: top, encoding: 'utf8' })
  if (status === 0) return
  console.error([stdout, stderr, error?.message].filter(Boolean).join('\n').trim())
  stop('The dependencies could not be installed: npm ci failed, see above.')
}

/** The one binding that is compiled: by operators who have an HSM, and for the test of it where SoftHSM is. */
function compileBinding() {
  const [module, made] = ['node_modules/pkcs11js', 'node_modules/pkcs11js/build/Release/pkcs11.node']
  const wanted = onPath('softhsm2-util') && existsSync(join(top, module)) && !existsSync(join(top, made))
  if (!wanted) return
  console.log('Compiling the binding for PKCS#11, a few seconds …')
  const { status } = spawnSync('npm', ['rebuild', 'pkcs11js'], { cwd: top, encoding: 'utf8', timeout: 120_000 })
  if (status !== 0) console.log('It could not be compiled: the tests of it are skipped.')
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (existsSync(join(top, 'node_modules/.bin/node'))) return
  if (major > RUNS_PRATU[0] || (major === RUNS_PRATU[0] && minor >= RUNS_PRATU[1])) return
  stop(`Pratu needs Node 24 (24.7 at least), and brings its own only on Linux: this is ${process.version}.`)
}

function installPrograms() {
  const lacking = PROGRAMS.filter((program) => !program.there())
  if (lacking.length === 0) return
  const failed = (sentence) => {
    const spared = PROGRAMS.every((program) => program.spared || program.there())
    return spared ? console.log(sentence) : stop(sentence)
  }
  const names = lacking.map((program) => program.what).join(', ')
  const packages = lacking.flatMap((program) => program.debian)
  const byHand = `The tests need ${names}: install it with \`apt-get install ${packages.join(' ')}\`, or the like.`
  const root = process.getuid?.() === 0
  const allowed = root || (onPath('sudo') && spawnSync('sudo', ['-n', 'true']).status === 0)
  if (!onPath('apt-get') || !allowed) return failed(byHand)
  console.log(`Installing ${names} (apt-get), about a minute …`)
  const apt = (...words) =>
    spawnSync(
      ...(root ? ['apt-get', words] : ['sudo', ['-n', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...words]]),
      {
        encoding: 'utf8',
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      },
    )
  const install = (wanted) =>
    apt('install', '-y', '--no-install-recommends', ...wanted.flatMap((program) => program.debian))
  // Package lists are often a day old or missing: only then are they fetched.
  let done = install(lacking)
  if (done.status !== 0 && apt('update').status === 0) done = install(lacking)
  // One package that this system does not have keeps back all the others.
  if (done.status !== 0) done = install(lacking.filter((program) => !program.spared))
  if (done.status !== 0 || PROGRAMS.some((program) => !program.there())) {
    console.error(`${done.stdout}${done.stderr}`.trim().split('\n').slice(-10).join('\n'))
    failed(byHand)
  }
}

const what = process.argv[2]
if (what !== 'start' && what !== 'test') stop('usage: node bin/prepare.mjs start|test')
if (Number(process.versions.node.split('.')[0]) < 20) stop(`Pratu needs Node 20 or newer: this is ${process.version}.`)
if (!dependenciesAreThere()) installDependencies()
checkNode()
if (what === 'test') {
  installPrograms()
  compileBinding()
}
