import pino, { type DestinationStream } from 'pino'
import type { Clock } from './clock.ts'

// One JSON line per event. A log line is a fixed event name and flat fields from the list below, and nothing else: there
// is no message to write a name or a number into, and no object to log by mistake. What an error says is kept only for
// faults (ours), and with every long run of digits blotted out, because libraries quote what they were given.

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** Everything that may stand in a log line. A new field is a new line here, and a thought about whom it tells about. */
export interface LogFields {
  /** PRT-nnnn */
  readonly code?: string
  /** The relying party. */
  readonly client?: string
  /** The route's pattern, never the address that was asked for. */
  readonly route?: string
  readonly httpMethod?: string
  readonly status?: number
  /** Milliseconds. */
  readonly took?: number
  /** The login method. */
  readonly method?: string
  /** Which dependency or part. */
  readonly part?: string
  /** The OAuth error code that an agency got. */
  readonly oauthError?: string
  /** What the protocol library says was wrong with an agency's request; digits are blotted out. */
  readonly reason?: string
  readonly count?: number
  readonly address?: string
  readonly version?: string
  readonly profile?: string
  readonly signal?: string
  readonly kid?: string
  readonly job?: string
  /** An operator's account on this machine. */
  readonly operator?: string
}

export interface Log {
  /** `event` in kebab-case: what happened, always the same words. */
  debug(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
  /** Something of ours broke: the error's name, words and stack, digits blotted out, causes included. */
  fault(event: string, error: unknown, fields?: LogFields): void
  /** The same log, every line with this request's id. */
  forRequest(request: string): Log
}

interface Needs {
  readonly level: LogLevel
  readonly clock: Clock
  /** Standard output when absent. */
  readonly destination?: DestinationStream
}

export function openLog({ level, clock, destination }: Needs): Log {
  const time = () => `,"time":"${new Date(clock.now()).toISOString()}"`
  const settings = { level, base: null, timestamp: time, formatters: { level: (label: string) => ({ level: label }) } }
  return over(pino(settings, destination ?? pino.destination({ fd: 1, sync: false })), {})
}

/** For tests and for commands, whose words go to the terminal. */
export const silentLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  fault: () => {},
  forRequest: () => silentLog,
}

function over(lines: pino.Logger, always: { readonly request?: string }): Log {
  const at =
    (level: LogLevel) =>
    (event: string, fields: LogFields = {}): void => {
      if (lines.isLevelEnabled(level)) lines[level]({ event, ...always, ...flat(fields) })
    }
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    fault: (event, error, fields = {}) => lines.error({ event, ...always, ...flat(fields), fault: described(error) }),
    forRequest: (request) => over(lines, { request }),
  }
}

const FIELDS: Readonly<Record<keyof LogFields, true>> = {
  code: true,
  client: true,
  route: true,
  httpMethod: true,
  status: true,
  took: true,
  method: true,
  part: true,
  oauthError: true,
  reason: true,
  count: true,
  address: true,
  version: true,
  profile: true,
  signal: true,
  kid: true,
  job: true,
  operator: true,
}
const LONGEST = 400

/** The compiler keeps other fields out; this keeps out what got past it, and blots what every string might carry. */
function flat(fields: LogFields): Record<string, string | number> {
  const kept: Record<string, string | number> = {}
  for (const [name, value] of Object.entries(fields)) {
    if (!Object.hasOwn(FIELDS, name)) continue
    if (typeof value === 'number') kept[name] = value
    // A relying party's id and a key's id are the operator's own words and may hold digits; a person code never gets there.
    if (typeof value === 'string')
      kept[name] = name === 'client' || name === 'kid' ? value.slice(0, LONGEST) : blot(value)
  }
  return kept
}

/**
 * Six digits or more, spaces and hyphens between them included, in ASCII or in any other script: no national number and
 * no one-time code is shorter. The price: ports survive, but long counts and addresses in messages don't.
 */
function blot(text: string): string {
  return text.slice(0, 4000).replaceAll(/\p{Nd}(?:[\s-]?\p{Nd}){5,}/gu, '…')
}

function described(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { name: typeof error }
  return {
    name: error.name,
    // A database error quotes values in its message; its code and constraint say as much without them.
    words: isDatabaseError(error)
      ? `${error.code}${error.constraint ? ` ${error.constraint}` : ''}`
      : blot(error.message),
    stack: framesOf(error),
    ...(error.cause === undefined ? {} : { cause: described(error.cause) }),
  }
}

function isDatabaseError(error: Error): error is Error & { code: string; constraint?: string } {
  return 'severity' in error && 'code' in error && typeof error.code === 'string'
}

/** Only the frames: the head of a stack repeats the message. */
function framesOf({ stack = '' }: Error): string[] {
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 15)
    .map((line) => line.trim())
}
