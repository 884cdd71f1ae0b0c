import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pause } from '../../src/platform/clock.ts'

// A real Apache of the test's own with mod_auth_openidc, as an agency runs it: what lies under /secure/ is for whoever has
// signed in. It keeps real time.

const PROGRAM = '/usr/sbin/apache2'
const MODULES = '/usr/lib/apache2/modules'

/** Why tests that need it are skipped; undefined where it is installed. */
export const withoutApache =
  existsSync(PROGRAM) && existsSync(join(MODULES, 'mod_auth_openidc.so'))
    ? undefined
    : 'Apache with mod_auth_openidc is not installed'

/** Where the agency is registered to be sent back to. */
export const apacheCallback = (port: number): string => `http://localhost:${port}/secure/redirect_uri`

export interface ApacheSite {
  readonly origin: string
  /** What it complained of so far. */
  errors(): string
  close(): Promise<void>
}

export interface Site {
  readonly folder: string
  readonly port: number
  readonly issuer: string
  readonly client: string
  readonly secret: string
  /** Lines of configuration beside what the documents name. */
  readonly more?: readonly string[]
}

/** What stands in the page under /secure/. */
export const INSIDE = 'inside'

export async function startApache({ folder, port, issuer, client, secret, more = [] }: Site): Promise<ApacheSite> {
  const home = join(folder, 'apache')
  const pages = join(home, 'pages')
  mkdirSync(join(pages, 'secure'), { recursive: true, mode: 0o755 })
  // As root it gives up its rights, and must find its pages without them.
  chmodSync(folder, 0o755)
  writeFileSync(join(pages, 'secure/index.html'), INSIDE)
  const errors = join(home, 'errors.log')
  const module = (name: string) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`
  const lines = [
    ...['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'dir', 'rewrite', 'auth_openidc'].map(module),
    ...(process.getuid?.() === 0 ? ['User www-data', 'Group www-data'] : []),
    `Listen 127.0.0.1:${port}`,
    'ServerName localhost',
    `PidFile ${home}/pid`,
    `DefaultRuntimeDir ${home}`,
    `ErrorLog ${errors}`,
    'LogLevel warn',
    `DocumentRoot ${pages}`,
    'DirectoryIndex index.html',
    `<Directory ${pages}>`,
    'Require all granted',
    '</Directory>',
    `OIDCProviderMetadataURL ${issuer}/.well-known/openid-configuration`,
    `OIDCClientID ${client}`,
    `OIDCClientSecret ${secret}`,
    `OIDCRedirectURI ${apacheCallback(port)}`,
    'OIDCCryptoPassphrase of-this-test-alone',
    'OIDCScope "openid profile"',
    'OIDCPKCEMethod S256',
    ...more,
    '<Location /secure>',
    'AuthType openid-connect',
    // Tests come by Node's fetch, which says of itself that it shows nobody a page: then the module answers 401.
    'OIDCUnAuthAction auth true',
    'Require valid-user',
    '</Location>',
  ]
  writeFileSync(join(home, 'apache.conf'), `${lines.join('\n')}\n`)
  const child = spawn(PROGRAM, ['-d', home, '-f', join(home, 'apache.conf'), '-DFOREGROUND'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk) => (said += String(chunk)))
  const over = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const origin = `http://localhost:${port}`
  const complaints = () => `${said}${existsSync(errors) ? readFileSync(errors, 'utf8') : ''}`
  await answering(`${origin}/`, child, complaints)
  return {
    origin,
    errors: complaints,
    async close() {
      child.kill('SIGTERM')
      await over
    },
  }
}

async function answering(url: string, child: ChildProcess, said: () => string): Promise<void> {
  for (;;) {
    const there = await fetch(url).then(
      (response) => response.arrayBuffer().then(() => true),
      () => false,
    )
    if (there) return
    if (child.exitCode !== null) throw new Error(`Apache did not start: ${said()}`)
    await pause(20)
  }
}
