import type { Added } from '../../../views/portal/me.ts'
import type { OwnHistory } from '../../audit/own-history.ts'
import type { Clients } from '../../clients/client.ts'
import type { Disclosure } from '../../disclosure/disclosure.ts'
import type { Queue } from '../../jobs/queue.ts'
import { openEndSignIns } from '../../login/end-sign-ins.ts'
import { type Needs as NotMeNeeds, openNotMe } from '../../login/not-me.ts'
import { type Needs as AppNeeds, openOwnApp } from '../../login/own-app.ts'
import { type Needs as BlocksNeeds, openOwnBlocks } from '../../login/own-blocks.ts'
import { type Needs as MailNeeds, openOwnMail } from '../../login/own-mail.ts'
import { type Needs as MeansNeeds, openOwnMeans } from '../../login/own-means.ts'
import { openOwnPhone, type Proof } from '../../login/own-phone.ts'
import { openOwnPin, type Needs as PinNeeds } from '../../login/own-pin.ts'
import type { Enrolment } from '../../methods/passkey/enrolment.ts'
import type { Engine } from '../../oidc/engine.ts'
import type { Cases } from '../../persons/cases.ts'
import type { Credentials } from '../../persons/credentials.ts'
import type { MailAddresses } from '../../persons/mail-addresses.ts'
import type { Persons } from '../../persons/person.ts'
import type { Artifacts } from '../../sessions/artifacts.ts'
import type { LiveSessions } from '../../sessions/live.ts'
import type { FrameOf } from '../frame.ts'
import type { CheckForm } from '../limits.ts'
import type { Route } from '../router.ts'
import type { SourceOf } from '../source.ts'
import { type Needs as EndedNeeds, endedRoutes } from './ended.ts'
import { openEntrance } from './entrance.ts'
import { notMeLinkRoutes } from './not-me-link-routes.ts'
import { type Own, openOwn } from './own.ts'
import { ownAppRoutes } from './own-app-routes.ts'
import { ownConsentRoutes } from './own-consent-routes.ts'
import { type Needs as DownloadNeeds, ownDownloadRoutes } from './own-download-routes.ts'
import { ownHistoryRoutes } from './own-history-routes.ts'
import { ownMailRoutes } from './own-mail-routes.ts'
import { ownPasskeyRoutes } from './own-passkey-routes.ts'
import { ownPhoneRoutes } from './own-phone-routes.ts'
import { ownPinRoutes } from './own-pin-routes.ts'
import { ownRoutes } from './own-routes.ts'
import { ownSessionRoutes } from './own-session-routes.ts'
import { openTold } from './told.ts'

export interface Needs
  extends Omit<DownloadNeeds, keyof Own | 'told'>,
    AppNeeds,
    BlocksNeeds,
    PinNeeds,
    MeansNeeds,
    EndedNeeds,
    Omit<NotMeNeeds, 'endSignIns'> {
  readonly persons: Persons
  readonly ownHistory: OwnHistory
  readonly clients: Pick<Clients, 'find'>
  readonly disclosure: Pick<Disclosure, 'consents' | 'past'>
  readonly cases: Cases
  readonly queue: Queue
  readonly live: LiveSessions
  readonly mailAddresses: MailAddresses
  /** The codes that prove an address; absent where no e-mails are sent. */
  readonly mailCodes?: Pick<MailNeeds, 'codes' | 'prompts'> | undefined
  readonly config: { readonly historyDays: number; readonly lookUpDelayDays: number }
  readonly engine: Pick<Engine, 'present'>
  readonly artifacts: Artifacts
  readonly credentials: Credentials
  /** The proof of a telephone number; absent where no text messages are sent. */
  readonly phone?: Proof | undefined
  /** Of passkeys; absent where they are switched off. */
  readonly enrolment?: Enrolment | undefined
  /** The public address of a script in views/. */
  readonly script: (name: string) => string
  readonly frame: FrameOf
  readonly source: SourceOf
  readonly checkForm: CheckForm
  readonly issuer: string
}

/** Lines of the history on the first page: what came with them is told beside them. */
const RECENT = 6

/** The citizen's own page, put together. */
export function openPortal(needs: Needs): Route[] {
  const { db, credentials, phone, enrolment, issuer, config, mailCodes, persons, live } = needs
  const entrance = openEntrance(needs)
  const means = openOwnMeans(needs)
  const own = openOwn({ ...needs, entrance, means })
  const told = openTold(needs)
  const mail = mailCodes && openOwnMail({ ...needs, ...mailCodes, addresses: needs.mailAddresses })
  const notMe = openNotMe({ ...needs, endSignIns: openEndSignIns({ persons, live }) })
  const adding: Added[] = ['totp', 'pin']
  if (phone) adding.push('sms-code')
  if (enrolment) adding.push('passkey')
  return [
    ...endedRoutes(needs),
    ...ownRoutes({
      ...own,
      engine: needs.engine,
      means,
      blocks: openOwnBlocks(needs),
      wiped: (person) => credentials.wiped(db, person),
      forgetWiped: (person) => credentials.forgetWiped(db, person),
      adding,
      told,
      recent: (person) => needs.ownHistory.of(db, person, { limit: RECENT }),
      live: (person) => live.listOf(db, person),
      casesOf: (person) => needs.cases.ofPerson(db, person),
      mail,
    }),
    ...ownSessionRoutes({ ...own, db, live, told, notMe }),
    ...ownHistoryRoutes({
      ...own,
      db,
      history: needs.ownHistory,
      told,
      notMe,
      keptDays: config.historyDays,
      delayDays: config.lookUpDelayDays,
    }),
    ...ownConsentRoutes({ ...own, db, disclosure: needs.disclosure, told }),
    ...ownDownloadRoutes({ ...needs, ...own, told }),
    ...(mail ? ownMailRoutes({ ...own, mail }) : []),
    ...notMeLinkRoutes({ notMe, frame: needs.frame, checkForm: needs.checkForm }),
    ...ownAppRoutes({ ...own, app: openOwnApp(needs), serviceName: new URL(issuer).host }),
    ...ownPinRoutes({ ...own, pin: openOwnPin(needs) }),
    ...(phone ? ownPhoneRoutes({ ...own, phone: openOwnPhone({ ...needs, proof: phone }) }) : []),
    ...(enrolment ? ownPasskeyRoutes({ ...own, db, enrolment, script: needs.script }) : []),
  ]
}
