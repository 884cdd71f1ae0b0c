import { parseSync } from '@swc/core'

// The house rules about who may import whom, checked over the parsed source: what a comment or a text says about
// imports doesn't count. Pure: test/chapters.test.ts feeds it the tree, and shows that each rule can fail.

/** Order of the book: a file may import from its own chapter and from earlier ones. */
const CHAPTERS = [
  'identity',
  'formats',
  'platform',
  'audit',
  'secrets',
  'jobs',
  'sessions',
  'signing',
  'operators',
  'persons',
  'clients',
  'disclosure',
  'methods',
  'login',
  'oidc',
  'web',
  'config',
  'sealed-cells',
  'parts',
  'ways-in',
  'background',
  'compose',
  'cli',
  'main',
  'demo',
] as const

/** One door per library: the pattern of its name, and the files through which it comes in. */
const DOORS: readonly { readonly library: RegExp; readonly door: RegExp }[] = [
  { library: /^@?koa(\/|$)/, door: /^src\/(web|demo)\// },
  { library: /^oidc-provider(\/|$)/, door: /^src\/oidc\// },
  { library: /^knex(\/|$)/, door: /^src\/(platform\/db\.ts$|.*store\.ts$)/ },
  { library: /^pg(-.*)?$/, door: /^src\/platform\// },
  { library: /^ioredis(\/|$)/, door: /^src\/(platform|sessions)\/redis(-[a-z-]+)?\.ts$/ },
  { library: /^@simplewebauthn\//, door: /^src\/methods\/passkey\// },
  { library: /^(pkcs11js|graphene-pk11)$/, door: /^src\/signing\/(hsm-vault|pkcs11)\.ts$/ },
  { library: /^otplib(\/|$)/, door: /^src\/methods\/totp\// },
  { library: /^undici(\/|$)/, door: /^src\/platform\// },
  { library: /^nodemailer(\/|$)/, door: /^src\/platform\/smtp\.ts$/ },
  { library: /^smtp-server(\/|$)/, door: /^src\/demo\/mailbox\// },
  { library: /^pino(\/|$)/, door: /^src\/platform\/log\.ts$/ },
  { library: /^prom-client$/, door: /^src\/platform\/metrics\.ts$/ },
  { library: /^@peculiar\//, door: /^src\/(formats|demo\/cards)\// },
  { library: /^@noble\//, door: /^src\/(methods\/mobile-id|demo\/mobile-id-service)\// },
  { library: /^commander$/, door: /^src\/cli(\/|\.ts$)/ },
]

const BANNED_NAMES = /^(utils?|helpers?|common|shared|types?|constants?|misc|index)$/
const LONGEST = 450

export interface Violation {
  readonly path: string
  readonly rule: Rule
  readonly words: string
}

export type Rule =
  | 'chapter order'
  | 'one door per library'
  | 'private store'
  | 'strangers'
  | 'environment, time and chance'
  | 'no barrels and no drawers'
  | 'demo shares wire only'
  | 'no koa context'
  | 'main knows nothing of demo'
  | 'views know words only'
  | 'import specifiers'
  | 'length'

interface Node {
  readonly type: string
  readonly [field: string]: unknown
}

interface Source {
  readonly path: string
  readonly body: readonly Node[]
  /** Every node of the tree. */
  readonly all: readonly Node[]
  readonly imports: readonly Import[]
}

interface Import {
  readonly specifier: string
  /** The project path of a relative import. */
  readonly target?: string
}

/** What breaks a rule in one file. `path` is from the project's top, with forward slashes. */
export function inspect(path: string, text: string): Violation[] {
  const found = [...names(path), ...length(path, text)]
  if (!path.endsWith('.ts')) return found
  const source = parsed(path, text)
  return [...found, ...RULES.flatMap((rule) => rule(source))]
}

/** What a file asks for when it runs: imports of types alone are left out. */
export function importedAtRunTime(path: string, text: string): string[] {
  const { all } = parsed(path, text)
  return all.filter((node) => isImport(node) && node.typeOnly !== true).map((node) => textOf(node.source))
}

const RULES: readonly ((source: Source) => Violation[])[] = [
  order,
  doors,
  stores,
  strangers,
  worldly,
  barrels,
  wires,
  contexts,
  views,
  specifiers,
]

function parsed(path: string, text: string): Source {
  const body = parseSync(text, { syntax: 'typescript', target: 'es2024' }).body as unknown as readonly Node[]
  const all: Node[] = []
  collect(body, all)
  const specifiers = all.flatMap((node) => {
    if (isImport(node)) return [textOf(node.source)]
    // `import('…')`, and the type `import('…').X`
    if (node.type === 'CallExpression' && (node.callee as Node).type === 'Import') {
      return [textOf((node.arguments as readonly { expression: Node }[])[0]?.expression)]
    }
    return node.type === 'TsImportType' ? [textOf(node.argument)] : []
  })
  const imports = specifiers.map((specifier) =>
    specifier.startsWith('.') ? { specifier, target: resolved(path, specifier) } : { specifier },
  )
  return { path, body, all, imports }
}

const isImport = (node: Node): boolean =>
  (node.type === 'ImportDeclaration' ||
    node.type === 'ExportAllDeclaration' ||
    node.type === 'ExportNamedDeclaration') &&
  Boolean(node.source)

const textOf = (node: unknown): string => {
  const { type, value } = (node ?? {}) as Partial<Node>
  return type === 'StringLiteral' ? String(value) : '?'
}

function collect(value: unknown, into: Node[]): void {
  if (Array.isArray(value)) for (const item of value) collect(item, into)
  else if (typeof value === 'object' && value !== null) {
    if ('type' in value && typeof value.type === 'string') into.push(value as Node)
    for (const part of Object.values(value)) collect(part, into)
  }
}

function resolved(from: string, specifier: string): string {
  const parts = from.split('/').slice(0, -1)
  for (const part of specifier.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '.') parts.push(part)
  }
  return parts.join('/')
}

/** `src/login/flow.ts` → `login`; `src/cli.ts` → `cli`; undefined outside src. */
function chapterOf(path: string): string | undefined {
  return /^src\/([^/.]+)/.exec(path)?.[1]
}

const isStore = (path: string): boolean => /(^|[/-])store\.ts$/.test(path)

function order({ path, imports }: Source): Violation[] {
  const chapter = chapterOf(path)
  if (chapter === undefined) return []
  const here = CHAPTERS.indexOf(chapter as (typeof CHAPTERS)[number])
  if (here < 0) return [{ path, rule: 'chapter order', words: `${chapter} is not a chapter` }]
  return imports.flatMap(({ target, specifier }): Violation[] => {
    if (target === undefined) return []
    const other = chapterOf(target)
    if (other === undefined) {
      const mayView = chapter === 'web' || chapter === 'demo' || chapter === 'cli'
      if (target.startsWith('views/') && mayView) return []
      return [{ path, rule: 'chapter order', words: `imports ${specifier}, outside src` }]
    }
    const there = CHAPTERS.indexOf(other as (typeof CHAPTERS)[number])
    if (other === 'demo' && chapter === 'main') {
      return [{ path, rule: 'main knows nothing of demo', words: `imports ${specifier}` }]
    }
    return there > here ? [{ path, rule: 'chapter order', words: `${chapter} imports ${other}: ${specifier}` }] : []
  })
}

function doors({ path, imports }: Source): Violation[] {
  if (!/^(src|views)\//.test(path)) return []
  return imports.flatMap(({ specifier }) =>
    DOORS.filter(({ library, door }) => library.test(specifier) && !door.test(path)).map(() => ({
      path,
      rule: 'one door per library' as const,
      words: `imports ${specifier}`,
    })),
  )
}

function stores({ path, imports }: Source): Violation[] {
  if (!path.startsWith('src/') || path === 'src/compose.ts') return []
  return imports.flatMap(({ target, specifier }) =>
    target !== undefined && isStore(target) && chapterOf(target) !== chapterOf(path)
      ? [{ path, rule: 'private store' as const, words: `imports ${specifier}` }]
      : [],
  )
}

function strangers({ path, imports }: Source): Violation[] {
  // Reading certificates and asking whether they are revoked is common ground, no method (decision 0014).
  const method = /^src\/methods\/(?!certificates\/)([^/]+)\//
  const vault = /^src\/signing\/([a-z]+)-vault(-store)?\.ts$/
  return imports.flatMap(({ target, specifier }) => {
    const met = [method, vault].some((kind) => {
      const mine = kind.exec(path)?.[1]
      const theirs = kind.exec(target ?? '')?.[1]
      return mine !== undefined && theirs !== undefined && mine !== theirs
    })
    return met ? [{ path, rule: 'strangers' as const, words: `imports ${specifier}` }] : []
  })
}

/** The places that read the environment, the time and chance for all others. */
const ENVIRONMENT = /^src\/(config|cli|main|demo\/main)\.ts$/
const TIME = /^src\/platform\/clock\.ts$/
const CHANCE = /^src\/platform\/random\.ts$/
const RANDOM_NAMES = /^(randomBytes|randomInt|randomUUID|randomFill|randomFillSync|getRandomValues|webcrypto)$/

function worldly({ path, all }: Source): Violation[] {
  if (!/^(src|views)\//.test(path)) return []
  const wrong = (words: string): Violation => ({ path, rule: 'environment, time and chance', words })
  return all.flatMap((node) => {
    const member = memberOf(node)
    if (member === 'process.env' && !ENVIRONMENT.test(path)) return [wrong(member)]
    if (/^(Date\.now|performance\.now|process\.hrtime)$/.test(member) && !TIME.test(path)) return [wrong(member)]
    if (/^(Math\.random|crypto\.(get)?[rR]andom\w+)$/.test(member) && !CHANCE.test(path)) return [wrong(member)]
    const constructed = node.type === 'NewExpression' && nameOf(node.callee) === 'Date'
    if (constructed && (node.arguments as readonly unknown[] | null)?.length === 0 && !TIME.test(path)) {
      return [wrong('new Date()')]
    }
    const called = node.type === 'CallExpression' ? nameOf(node.callee) : ''
    if (/^(setTimeout|setInterval)$/.test(called) && !TIME.test(path)) return [wrong(`${called}()`)]
    const imported = node.type === 'ImportSpecifier' ? nameOf(node.imported ?? node.local) : ''
    if (RANDOM_NAMES.test(imported) && !CHANCE.test(path)) return [wrong(`imports ${imported}`)]
    return []
  })
}

const nameOf = (node: unknown): string => {
  const { type, value } = (node ?? {}) as Partial<Node>
  return type === 'Identifier' ? String(value) : ''
}

/** `a.b`, also written `a['b']` or `globalThis.a.b`. */
function memberOf(node: Node): string {
  if (node.type !== 'MemberExpression') return ''
  const property = node.property as Node
  const last = property.type === 'Computed' ? textOf(property.expression) : nameOf(property)
  const object = node.object as Node
  const first = object.type === 'MemberExpression' ? nameOf(object.property) : nameOf(object)
  return `${first}.${last}`
}

/** A file that only hands on what others export. */
function barrels({ path, body }: Source): Violation[] {
  const handsOn = (node: Node) => node.type.startsWith('Export') && Boolean(node.source)
  return body.length > 0 && body.every(handsOn) ? [{ path, rule: 'no barrels and no drawers', words: 'a barrel' }] : []
}

function names(path: string): Violation[] {
  return path
    .split('/')
    .map((part) => part.replace(/\..*$/, ''))
    .filter((part) => BANNED_NAMES.test(part))
    .map((part) => ({ path, rule: 'no barrels and no drawers', words: `is named ${part}` }))
}

function wires({ path, imports }: Source): Violation[] {
  if (!path.startsWith('src/demo/')) return []
  return imports.flatMap(({ target = '', specifier }) =>
    /^src\/methods\/[^/]+\//.test(target) && !target.endsWith('/wire.ts')
      ? [{ path, rule: 'demo shares wire only' as const, words: `imports ${specifier}` }]
      : [],
  )
}

function contexts({ path, all }: Source): Violation[] {
  if (!path.startsWith('src/') || /^src\/(oidc|web|demo)\//.test(path)) return []
  return all.some((node) => nameOf(node) === 'ctx')
    ? [{ path, rule: 'no koa context', words: 'has something called ctx' }]
    : []
}

function views({ path, imports }: Source): Violation[] {
  if (!path.startsWith('views/')) return []
  return imports.flatMap(({ target, specifier }) =>
    target !== undefined && /^(views|src\/identity)\//.test(target)
      ? []
      : [{ path, rule: 'views know words only' as const, words: `imports ${specifier}` }],
  )
}

function specifiers({ path, imports }: Source): Violation[] {
  return imports.flatMap(({ specifier, target }) => {
    if (specifier === '?' && path.startsWith('src/')) {
      return [{ path, rule: 'import specifiers' as const, words: 'imports what only runtime knows' }]
    }
    return target !== undefined && !/\.(ts|mjs|json)$/.test(specifier)
      ? [{ path, rule: 'import specifiers' as const, words: `imports ${specifier} without .ts` }]
      : []
  })
}

function length(path: string, text: string): Violation[] {
  const lines = text.split('\n').length - 1
  return lines > LONGEST ? [{ path, rule: 'length', words: `${lines} lines, more than ${LONGEST}` }] : []
}
