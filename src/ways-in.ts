import type { MethodId, PersonKey } from './identity/identifiers.ts'
import { LANGUAGES } from './identity/language.ts'
import type { Kind } from './jobs/worker.ts'
import { MAIL_BELL, type Needs as MailNeeds } from './login/own-mail.ts'
import type { Factor } from './login/throttle.ts'
import type { Issuer } from './methods/certificates/trust.ts'
import type { Needs as CodeCardNeeds } from './methods/code-card/method.ts'
import type { Guard } from './methods/guard.ts'
import type { Method } from './methods/method.ts'
import { MOBILE_ID_BELL } from './methods/mobile-id/settings.ts'
import { openPasskeyParts, type PasskeyParts } from './methods/passkey/passkey.ts'
import { openMethods } from './methods/registry.ts'
import { openSecondFactor } from './methods/second-factor.ts'
import { type CardTickets, openCardTickets } from './methods/smart-card/tls.ts'
import { SMART_ID_BELL } from './methods/smart-id/settings.ts'
import { openCodes } from './methods/sms-code/codes.ts'
import { BELL, openSms, type Sms } from './methods/sms-code/sms.ts'
import { UPSTREAM_IDS } from './methods/upstream/upstream.ts'
import { openUpstreams } from './methods/upstream/upstreams.ts'
import { cardOrigin } from './oidc/localhost.ts'
import type { Parts } from './parts.ts'
import { mailNotices } from './persons/mail-notices.ts'
import type { Metrics } from './platform/metrics.ts'
import { openIndexer } from './platform/seal.ts'
import { openSmtp } from './platform/smtp.ts'
import type { Artifacts } from './sessions/artifacts.ts'
import { LINKED, openLetters } from './web/letters.ts'
import { meansName, messageWords } from './web/message-words.ts'

// Compose's chapter of the ways to prove who you are: each that is configured, with what it stands on. What reads
// certificates, or speaks with a provider, is loaded only where it is wanted.

export interface Needs {
  readonly parts: Parts
  readonly artifacts: Artifacts
  /** Whether other nodes work beside this one. */
  readonly several: boolean
  readonly metrics: Metrics
}

export interface WaysIn {
  readonly methods: readonly Method[]
  readonly guardOf: (factor: Factor) => Guard
  /** Of the card door, where there is one. */
  readonly tickets: CardTickets | undefined
  readonly cardIssuers: readonly Issuer[]
  readonly passkey: PasskeyParts | undefined
  /** That a telephone is in its owner's hand; absent where no text messages are sent. */
  readonly numberProof: Sms['proof'] | undefined
  /** The codes that prove an e-mail address; absent where no e-mails are sent. */
  readonly mailCodes: Pick<MailNeeds, 'codes' | 'prompts'> | undefined
  /** What the queue's worker can do to tell people. */
  readonly announcing: readonly Kind[]
  /** How many wait for somebody else's service: work that the node has no part in. */
  waiting(): number
  close(): Promise<void>
}

/** Methods that keep something between two requests; the others cost the store no question. */
export const STATEFUL: readonly MethodId[] = [
  'smart-card',
  'mobile-id',
  'smart-id',
  'passkey',
  'totp',
  'sms-code',
  'code-card',
  ...UPSTREAM_IDS,
]

/** What was opened is closed again where the rest can't be. */
export async function openWaysIn(needs: Needs): Promise<WaysIn> {
  const opened: (() => Promise<unknown>)[] = []
  const close = async () => {
    for (const one of opened.splice(0).toReversed()) await one()
  }
  try {
    return await open(needs, opened, close)
  } catch (error) {
    await close()
    throw error
  }
}

async function open(
  { parts, artifacts, several, metrics }: Needs,
  opened: (() => Promise<unknown>)[],
  close: () => Promise<void>,
): Promise<WaysIn> {
  const { config, db, secrets, persons, throttle, credentials, notices, clock, random, log } = parts
  const { issuer, schemes } = config
  const guardOf = (factor: Factor): Guard => ({
    spend: (attempt) => throttle.spend(factor, attempt),
    succeed: (tx, attempt) => throttle.succeed(tx, factor, attempt),
    giveBack: (attempt) => throttle.giveBack(attempt),
    success: (attempt) => throttle.success(factor, attempt),
  })
  const tickets = config.cardDoor && openCardTickets({ artifacts, random, clock })
  const cards =
    config.cardIssuers === undefined
      ? undefined
      : (await import('./methods/smart-card/cards.ts')).openCards({
          folder: config.cardIssuers,
          production: config.profile === 'production',
          origin: cardOrigin(issuer),
          allow: config.fetchAllow,
          blocks: parts.cardBlocks,
          keys: parts.cardKeys,
          tickets,
          artifacts,
          clock,
          random,
          log,
          metrics,
        })
  if (cards) opened.push(() => cards.close())
  const telephones = {
    production: config.profile === 'production',
    allow: config.fetchAllow,
    schemes,
    blocks: parts.cardBlocks,
    artifacts,
    several,
    clock,
    random,
    log,
    metrics,
  }
  const mobileId =
    config.mobileId &&
    (await import('./methods/mobile-id/open.ts')).openMobileIdParts({
      ...telephones,
      settings: config.mobileId,
      prompts: parts.prompts.of(MOBILE_ID_BELL),
    })
  if (mobileId) opened.push(() => mobileId.close())
  const smartId =
    config.smartId &&
    (await import('./methods/smart-id/open.ts')).openSmartIdParts({
      ...telephones,
      settings: config.smartId,
      prompts: parts.prompts.of(SMART_ID_BELL),
    })
  if (smartId) opened.push(() => smartId.close())
  const believed = [cards, mobileId, smartId].flatMap((means) => means?.issuers ?? [])
  if (believed.length > 0) await parts.cardBlocks.watch()
  // A line of the issuers' file was renamed under it, most likely: what the operator stopped goes on.
  for (const { id, issuer: named } of parts.cardBlocks.idle(believed))
    log.warn('card-block-covers-nobody', { part: named, reason: `block ${id}: no issuer of this name is configured` })
  const secondFactor = openSecondFactor({ db, pins: parts.pins, persons, guard: guardOf('pin'), clock })
  const totp = { db, credentials, guard: guardOf('totp'), secondFactor, clock, schemes }
  const codeCard =
    config.codeCards === 'on' ? codeCardNeeds(parts, { guard: guardOf('code-card'), secondFactor }) : undefined
  const languageOf = async (person: PersonKey) => (await persons.get(db, person))?.language ?? LANGUAGES[0]
  const oneTimeCodes = openIndexer(secrets.get('one-time-codes'))
  const sms =
    config.sms &&
    openSms({
      settings: config.sms,
      db,
      credentials,
      prompts: parts.prompts.of(BELL),
      isKnown: (mark, person) => parts.knownBrowsers.read(mark, person) !== undefined,
      guard: guardOf('sms-code'),
      secondFactor,
      indexer: oneTimeCodes,
      artifacts,
      words: messageWords,
      nameOf: meansName,
      languageOf,
      helpPhone: config.helpPhone,
      ...(config.sms.links !== false && { linkOf: (link: string) => `${issuer}${LINKED}/${link}` }),
      issuer,
      clock,
      random,
      schemes,
      log,
      metrics,
    })
  if (sms) opened.push(() => sms.close())
  const smtp = config.mail && openSmtp(config.mail)
  if (smtp) opened.push(async () => smtp.close())
  const passkey = config.passkeys === 'on' ? openPasskeyParts({ ...parts, issuer, artifacts }) : undefined
  const upstreams = openUpstreams({ config, artifacts, clock, random, log, metrics })
  opened.push(() => upstreams.close())
  const methods = await openMethods({
    smartCard: cards?.method,
    mobileId: mobileId?.method,
    smartId: smartId?.method,
    upstreams: upstreams.methods,
    passkey: passkey?.method,
    totp,
    smsCode: sms?.method,
    codeCard,
  })
  return {
    methods,
    guardOf,
    tickets,
    cardIssuers: cards?.issuers ?? [],
    passkey,
    numberProof: sms?.proof,
    announcing: [
      notices.putOff,
      ...(sms ? [sms.announcing] : []),
      ...(smtp ? [mailNotices({ smtp, clock, languageOf, write: openLetters(config) })] : []),
    ],
    mailCodes: smtp && {
      prompts: parts.prompts.of(MAIL_BELL),
      codes: openCodes({ indexer: oneTimeCodes, artifacts, clock, random }),
    },
    waiting: () =>
      (cards?.waiting() ?? 0) + (mobileId?.waiting() ?? 0) + (smartId?.waiting() ?? 0) + upstreams.waiting(),
    close,
  }
}

function codeCardNeeds(parts: Parts, more: Pick<CodeCardNeeds, 'guard' | 'secondFactor'>): CodeCardNeeds {
  const { db, clock, config, codeCards: cards, knownBrowsers } = parts
  const knows: CodeCardNeeds['knows'] = (browser, person) => knownBrowsers.read(browser, person) !== undefined
  return { ...more, db, cards, knows, clock, schemes: config.schemes }
}
