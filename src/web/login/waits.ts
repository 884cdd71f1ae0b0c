import type { Frame } from '../../../views/layout.ts'
import { smartIdCodePage, smartIdLinkPage } from '../../../views/login/smart-id-wait.ts'
import { comparePage, type WaitInput } from '../../../views/login/wait.ts'
import type { Json } from '../../identity/json.ts'
import type { CodeShow, LinkShow } from '../../methods/smart-id/method.ts'

// From the form that a waiting step names to the page that stands meanwhile: one line for each. A page gets what the step
// shows and where it stands; `show` has at least `begun` and `until`, in epoch milliseconds.

export interface Waited extends Omit<WaitInput, 'scripts' | 'begun' | 'until'> {
  /** As the method's step says. */
  readonly show: Json
  /** The public address of a script in views/; `login/wait.js` comes first. */
  readonly script: (name: string) => string
  readonly frame: Frame
}

type WaitPage = (waited: Waited) => string

/** What every waiting step shows at least. */
export interface Span {
  readonly begun: number
  readonly until: number
}
/** A number that the phone shows too. */
export interface Compare extends Span {
  readonly code: string
}

const compare: WaitPage = ({ show, script, frame, ...place }) =>
  comparePage.render({ ...place, ...(show as unknown as Compare), scripts: [script('login/wait.js')] }, frame)

const squareCode: WaitPage = ({ show, script, frame, ...place }) => {
  const scripts = [script('login/wait.js'), script('login/square-code.js')]
  return smartIdLinkPage.render({ ...place, ...(show as unknown as LinkShow), scripts }, frame)
}

const chooseCode: WaitPage = ({ show, script, frame, ...place }) =>
  smartIdCodePage.render({ ...place, ...(show as unknown as CodeShow), scripts: [script('login/wait.js')] }, frame)

export const WAITS: Readonly<Record<string, WaitPage>> = {
  'mobile-id': compare,
  'smart-id-link': squareCode,
  'smart-id-code': chooseCode,
}
