import type { Added } from '../../../views/portal/me.ts'
import { type Needs as AppNeeds, openOwnApp } from '../../login/own-app.ts'
import { type Needs as BlocksNeeds, openOwnBlocks } from '../../login/own-blocks.ts'
import { type Needs as MeansNeeds, openOwnMeans } from '../../login/own-means.ts'
import { openOwnPhone, type Proof } from '../../login/own-phone.ts'
import { openOwnPin, type Needs as PinNeeds } from '../../login/own-pin.ts'
import type { Enrolment } from '../../methods/passkey/enrolment.ts'
import type { Engine } from '../../oidc/engine.ts'
import type { Credentials } from '../../persons/credentials.ts'
import type { Artifacts } from '../../sessions/artifacts.ts'
import type { FrameOf } from '../frame.ts'
import type { CheckForm } from '../limits.ts'
import type { Route } from '../router.ts'
import type { SourceOf } from '../source.ts'
import { type Needs as EndedNeeds, endedRoutes } from './ended.ts'
import { openEntrance } from './entrance.ts'
import { openOwn } from './own.ts'
import { ownAppRoutes } from './own-app-routes.ts'
import { ownPasskeyRoutes } from './own-passkey-routes.ts'
import { ownPhoneRoutes } from './own-phone-routes.ts'
import { ownPinRoutes } from './own-pin-routes.ts'
import { ownRoutes } from './own-routes.ts'

export interface Needs extends AppNeeds, BlocksNeeds, PinNeeds, MeansNeeds, EndedNeeds {
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

/** The citizen's own page, put together. */
export function openPortal(needs: Needs): Route[] {
  const { db, credentials, phone, enrolment, issuer } = needs
  const entrance = openEntrance(needs)
  const means = openOwnMeans(needs)
  const own = openOwn({ ...needs, entrance, means })
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
    }),
    ...ownAppRoutes({ ...own, app: openOwnApp(needs), serviceName: new URL(issuer).host }),
    ...ownPinRoutes({ ...own, pin: openOwnPin(needs) }),
    ...(phone ? ownPhoneRoutes({ ...own, phone: openOwnPhone({ ...needs, proof: phone }) }) : []),
    ...(enrolment ? ownPasskeyRoutes({ ...own, db, enrolment, script: needs.script }) : []),
  ]
}
