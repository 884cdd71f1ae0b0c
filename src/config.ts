import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { SCHEME_IDS, type SchemeId } from './identity/person-id.ts'
import { MOBILE_ID_SETTINGS, type MobileIdSettings, readMobileId } from './methods/mobile-id/settings.ts'
import { readSmartId, SMART_ID_SETTINGS, type SmartIdSettings } from './methods/smart-id/settings.ts'
import { readSms, type SmsSettings } from './methods/sms-code/settings.ts'
import { OPERATOR_SETTINGS } from './operators/settings.ts'
import { MAIL_SETTINGS, readMail } from './persons/mail-settings.ts'
import { addressRange, file, hostName, key32, originOnly, phonePrefix, redis, zone } from './platform/setting-kinds.ts'
import {
  choice,
  type Environment,
  folder,
  list,
  manual,
  readSettings,
  SettingMistakes,
  text,
  url,
  type Values,
  variable,
  whole,
} from './platform/settings.ts'
import type { SmtpSettings } from './platform/smtp.ts'
import { type CardDoorSettings, readCardDoor } from './web/card/settings.ts'
import { PORTAL_SETTINGS } from './web/portal/settings.ts'

// Every setting of the service, in one table, and what the production profile demands of them together. Read once at
// start by main.ts, cli.ts and demo/main.ts; everything else is handed values.

export const SETTINGS = {
  profile: {
    kind: choice('demo', 'production'),
    says: 'What this service is: a demonstration with invented people, or the real one.',
    absent: 'refused (npm start names demo)',
  },
  issuer: {
    kind: originOnly,
    says: 'The address under which people and agencies reach the service; it stands in every token and can never change.',
    absent: 'http://localhost:PORT in demo, refused in production',
  },
  listen: {
    kind: text,
    says: 'The address of this machine to listen on.',
    absent: '127.0.0.1',
    fallback: '127.0.0.1',
  },
  port: { kind: whole(1, 65_535), says: 'The TCP port to listen on.', absent: '3000', fallback: 3000 },
  databaseUrl: {
    kind: url('postgres', 'postgresql'),
    says: 'PostgreSQL 15 or newer.',
    absent: 'the embedded PostgreSQL in the data folder; refused in production',
    secret: true,
  },
  redisUrl: {
    kind: redis,
    says: 'Redis 7 or newer, or Valkey, with maxmemory-policy noeviction.',
    absent: 'a redis-server of our own where one is installed, else the memory of this process; refused in production',
    secret: true,
  },
  redisReplicas: {
    kind: whole(0, 5),
    says: 'How many replicas must have noted that a code was used, or a session ended, before anybody is told.',
    absent: '0: right for a Redis without replicas; with Sentinel or Cluster 1, of two replicas',
    fallback: 0,
  },
  keys: {
    kind: folder,
    says: 'The folder of the keys, readable by the service alone (see keys/README.md).',
    absent: 'keys',
    fallback: 'keys',
  },
  masterKey: {
    kind: key32,
    says: 'The key that opens the others, where it is not to lie in the keys folder.',
    absent: 'master.key in the keys folder',
    secret: true,
  },
  ...OPERATOR_SETTINGS,
  data: {
    kind: folder,
    says: 'The folder of the embedded PostgreSQL and Redis.',
    absent: '.data',
    fallback: '.data',
  },
  schemes: {
    kind: list(choice<SchemeId>(...SCHEME_IDS)),
    says: 'The national identifiers that people may type; the first is the one offered.',
    absent: 'TH',
    fallback: ['TH'] satisfies SchemeId[],
  },
  helpPhone: {
    kind: text,
    says: "The help desk's number, shown on every page.",
    absent: '1111 in demo, refused in production: a page of trouble without a way to a human is a dead end',
  },
  timeZone: {
    kind: zone,
    says: 'The time zone in which pages show times.',
    absent: 'Asia/Bangkok',
    fallback: 'Asia/Bangkok',
  },
  signInsPerMinute: {
    kind: whole(1, 1_000_000),
    says: 'How many sign-ins one network address may begin in a minute, on each node (twice that in a burst).',
    absent: '6000: a shared address of a mobile operator carries a city',
    fallback: 6_000,
  },
  leaveSeconds: {
    kind: whole(0, 60),
    says: 'How long a node that is told to stop serves on while /health/ready says so: longer than the balancer asks for it.',
    absent: '5',
    fallback: 5,
  },
  trustedProxies: {
    kind: list(addressRange),
    says: 'Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed.',
    absent: 'none is believed',
    fallback: [],
  },
  fetchAllow: {
    kind: list(hostName),
    says: "Hosts in private networks from which agencies' keys may be fetched, and to which sign-outs may be delivered.",
    absent: 'none: public addresses only',
    fallback: [],
  },
  passkeys: {
    kind: choice('on', 'off'),
    says: 'Whether passkeys may sign in, and be made at a desk that two operators open.',
    absent: 'off',
    fallback: 'off',
  },
  smsGateway: {
    kind: url('https', 'http'),
    says: 'The gateway of text messages: each is posted there, signed (docs/operate.md).',
    absent: 'no codes by text message, and no announcements',
  },
  smsGatewaySecret: {
    kind: text,
    says: 'With what messages to the gateway are signed: whsec_ and the base64 of 24 to 64 random bytes.',
    absent: 'demanded where there is a gateway',
    secret: true,
  },
  smsPrefixes: {
    kind: list(phonePrefix),
    says: 'The countries to whose numbers messages are sent: others are refused, for they cost money and bring none home.',
    absent: 'the countries of PRATU_SCHEMES',
    fallback: [],
  },
  smsLinks: {
    kind: choice('on', 'off'),
    says: 'Whether a text message that tells of a change carries the link by which its reader says that it was not them.',
    absent: 'on; off where a country lets no messages with links through',
    fallback: 'on',
  },
  ...MAIL_SETTINGS,
  logLevel: {
    kind: choice('debug', 'info', 'warn', 'error'),
    says: 'How much to log.',
    absent: 'info',
    fallback: 'info',
  },
  sessionIdleMinutes: {
    kind: whole(1, 720),
    says: 'After how many minutes without use a session ends.',
    absent: '30',
    fallback: 30,
  },
  sessionIdleHighMinutes: {
    kind: whole(1, 720),
    says: 'The same where the sign-in was of the highest level (a card, a mobile-ID); never longer than the other.',
    absent: '15',
    fallback: 15,
  },
  sessionHours: {
    kind: whole(1, 24),
    says: 'After how many hours a session ends, used or not.',
    absent: '12',
    fallback: 12,
  },
  auditRetentionDays: {
    kind: whole(30, 36_500),
    says: 'After how many days the personal part of an audit entry is erased; the proof that it was made stays.',
    absent: '730',
    fallback: 730,
  },
  ...PORTAL_SETTINGS,
  codeCards: {
    kind: choice('on', 'off'),
    says: 'Whether printed code cards sign in (`pratu persons issue-code-card`).',
    absent: 'off',
    fallback: 'off',
  },
  ...MOBILE_ID_SETTINGS,
  ...SMART_ID_SETTINGS,
  hsmModule: {
    kind: file,
    says: 'The library of a hardware security module (PKCS#11), as its maker says; new signing keys are made inside it.',
    absent: 'new signing keys are made in the database, sealed',
  },
  hsmToken: { kind: text, says: "The token's label in that module.", absent: 'demanded with PRATU_HSM_MODULE' },
  hsmPin: {
    kind: text,
    says: "The token's user PIN.",
    absent: 'demanded with PRATU_HSM_MODULE',
    secret: true,
  },
  upstreams: {
    kind: file,
    says: 'The file of the outside services by which people may sign in (ThaID): issuer, client, and what their levels are worth.',
    absent: 'none is offered',
  },
  cardIssuers: {
    kind: folder,
    says: 'The folder of the issuers whose smart cards may sign in: their CA certificates and issuers.txt.',
    absent: 'none: smart cards are not offered',
  },
  cardOrigin: {
    kind: originOnly,
    says: 'The card door: the address, with a host name of its own, at which browsers show the certificate of an ID card.',
    absent: 'no card door: smart cards sign in by Web eID only',
  },
  cardPort: {
    kind: whole(1, 65_535),
    says: 'The TCP port of the card door.',
    absent: 'PRATU_CARD_PROXY_SOCKET, or no card door',
  },
  cardTlsCert: {
    kind: file,
    says: "The card door's TLS certificate with its chain, in PEM; read anew when it changes.",
    absent: 'a proxy ends TLS',
  },
  cardTlsKey: { kind: file, says: 'The key of PRATU_CARD_TLS_CERT, in PEM.', absent: 'a proxy ends TLS' },
  cardProxySocket: {
    kind: file,
    says: 'The unix socket at which a proxy of this machine hands over certificates; whoever may open it is believed.',
    absent: 'PRATU_CARD_PORT, or no card door',
  },
  cardProxySecret: {
    kind: text,
    says: 'What the proxy before the card door sends as X-Pratu-Card-Secret, so that its word is believed.',
    absent: 'demanded where a proxy comes to PRATU_CARD_PORT',
    secret: true,
  },
  cardProxyForm: {
    kind: choice('nginx', 'client-cert'),
    says: 'How that proxy hands over the certificate: X-Client-Cert and X-Client-Verify, or the Client-Cert of RFC 9440.',
    absent: 'nginx',
    fallback: 'nginx',
  },
} as const

/** Read by the tests, not by the service. */
const OTHERS = ['PRATU_VECTORS']

type Read = Values<typeof SETTINGS>
type SmsSetting = Extract<keyof Read, `sms${string}`>
type CardSetting = Extract<keyof Read, `card${'Origin' | 'Port' | 'Tls' | 'Proxy'}${string}`>
export type Config = Omit<
  Read,
  'profile' | 'issuer' | 'helpPhone' | 'keys' | 'data' | 'smtpUrl' | 'mailFrom' | CardSetting | SmsSetting
> & {
  readonly profile: 'demo' | 'production'
  readonly issuer: string
  readonly helpPhone: string
  /** Absolute. */
  readonly keys: string
  /** Absolute. */
  readonly data: string
  /** The PATH on which a redis-server of our own is looked for. */
  readonly searchPath: string
  /** Where browsers show certificates; absent: nowhere. */
  readonly cardDoor?: CardDoorSettings
  /** Absent: Smart-ID is not offered. */
  readonly mobileId?: MobileIdSettings
  readonly smartId?: SmartIdSettings
  /** The gateway of text messages; absent: none are sent. */
  readonly sms?: SmsSettings
  /** The server of e-mails; absent: none are sent. */
  readonly mail?: SmtpSettings
}

/** @throws SettingMistakes naming all of them. */
export function readConfig(environment: Environment): Config {
  const { values, mistakes } = readSettings(SETTINGS, environment, OTHERS)
  const { profile } = values
  if (profile === undefined && !mistakes.some((mistake) => mistake.startsWith('PRATU_PROFILE '))) {
    mistakes.push('PRATU_PROFILE is missing: demo or production')
  }
  if (values.schemes.length === 0) mistakes.push('PRATU_SCHEMES must name at least one')
  if (profile === 'production') mistakes.push(...demandsOfProduction(values, mistakes))
  const issuer = values.issuer ?? `http://localhost:${values.port}`
  if (profile === 'demo' && !/^https:|^http:\/\/localhost(:\d+)?$/.test(issuer)) {
    mistakes.push('PRATU_ISSUER may begin with http:// only for localhost')
  }
  const hsm = [values.hsmModule, values.hsmToken, values.hsmPin].filter((value) => value !== undefined)
  if (hsm.length > 0 && hsm.length < 3)
    mistakes.push('PRATU_HSM_MODULE, PRATU_HSM_TOKEN and PRATU_HSM_PIN belong together')
  const card = readCardDoor({ ...values, issuer })
  mistakes.push(...card.mistakes)
  // A passkey belongs to a name (WebAuthn §5.1.2); browsers make none for an address in figures.
  if (values.passkeys === 'on' && isIP(new URL(issuer).hostname.replace(/^\[|\]$/g, '')) !== 0)
    mistakes.push('PRATU_PASSKEYS needs a PRATU_ISSUER with a host name')
  const mobileId = readMobileId(values, profile)
  mistakes.push(...mobileId.mistakes)
  const smartId = readSmartId(values, profile, mistakes)
  mistakes.push(...smartId.mistakes)
  const sms = readSms(values)
  mistakes.push(...sms.mistakes)
  const mail = readMail(values)
  mistakes.push(...mail.mistakes)
  if (mistakes.length > 0 || profile === undefined) throw new SettingMistakes(mistakes)
  return {
    ...values,
    cardIssuers: values.cardIssuers === undefined ? undefined : resolve(values.cardIssuers),
    places: values.places === undefined ? undefined : resolve(values.places),
    upstreams: values.upstreams === undefined ? undefined : resolve(values.upstreams),
    ...(card.door && { cardDoor: card.door }),
    ...(mobileId.settings && { mobileId: { ...mobileId.settings, issuers: resolve(mobileId.settings.issuers) } }),
    ...(smartId.settings && { smartId: { ...smartId.settings, issuers: resolve(smartId.settings.issuers) } }),
    ...(sms.sms && { sms: sms.sms }),
    ...(mail.mail && { mail: mail.mail }),
    profile,
    issuer,
    helpPhone: values.helpPhone ?? '1111',
    keys: resolve(values.keys),
    data: resolve(values.data),
    searchPath: environment.PATH ?? '',
  }
}

/** The two that `pratu keys` needs, whatever else is still missing. @throws SettingMistakes */
export function readKeySettings(environment: Environment): Pick<Config, 'keys' | 'masterKey'> {
  const { keys, masterKey } = SETTINGS
  const values = readSome({ keys, masterKey }, environment)
  return { keys: resolve(values.keys), masterKey: values.masterKey }
}

/** An operator's own two, which the service has no use for. @throws SettingMistakes */
export function readOperatorSettings(environment: Environment): Pick<Config, 'operatorKey' | 'operatorPassphrase'> {
  return readSome(OPERATOR_SETTINGS, environment)
}

function readSome<S extends Partial<typeof SETTINGS>>(table: S, environment: Environment): Values<S> {
  const others = Object.keys(SETTINGS).map(variable)
  const { values, mistakes } = readSettings(table, environment, [
    ...OTHERS,
    ...others,
    ...others.map((name) => `${name}_FILE`),
  ])
  if (mistakes.length > 0) throw new SettingMistakes(mistakes)
  return values
}

function demandsOfProduction({ issuer, databaseUrl, redisUrl, helpPhone }: Read, already: readonly string[]): string[] {
  const named = (name: string) => already.some((mistake) => mistake.startsWith(name))
  const demands: [boolean, string][] = [
    [issuer === undefined && !named('PRATU_ISSUER'), 'PRATU_ISSUER is missing: production has no default'],
    [issuer?.startsWith('http://') === true, 'PRATU_ISSUER must begin with https:// in production'],
    [
      databaseUrl === undefined && !named('PRATU_DATABASE_URL'),
      'PRATU_DATABASE_URL is missing: production needs its own',
    ],
    [redisUrl === undefined && !named('PRATU_REDIS_URL'), 'PRATU_REDIS_URL is missing: production needs its own'],
    [helpPhone === undefined && !named('PRATU_HELP_PHONE'), 'PRATU_HELP_PHONE is missing: every page names it'],
  ]
  return demands.filter(([broken]) => broken).map(([, words]) => words)
}

export const configManual = (): string => manual(SETTINGS)
