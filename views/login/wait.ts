import { broken, html, type Markup } from '../html.ts'
import { type Frame, layout, type Page } from '../layout.ts'
import { wordsIn } from '../words/words.ts'
import { leaveButton } from './leave.ts'

/** A page that stands while something happens elsewhere. With our script it asks how things stand, without it comes anew by itself. */
export interface WaitInput {
  /** Where the form posts `stop=1` (another way) or `cancel=1` (back to the agency). */
  readonly action: string
  /** This page's own address: what leads on when something has happened. */
  readonly address: string
  /** Where the script asks: `{ come, show?, next? }`. */
  readonly poll: string
  /** Whether there is another way to choose. */
  readonly others: boolean
  /** When the waiting began and will be over, in epoch milliseconds. */
  readonly begun: number
  readonly until: number
  /** Address of wait.js, and of what else this page runs after it. */
  readonly scripts: readonly string[]
  /** The nonce of the response's policy, which lets these scripts run. */
  readonly scriptNonce: string
}

export interface WaitContent {
  /** `¦` marks where the title may break. */
  readonly title: string
  /** The sheet: what to look at and what to do. The script hands it what a poll shows anew, as the event `pratu-show`. */
  readonly body: Markup
}

/** The frame that all waiting pages share: the time that is left, the ways out, and how the page goes on. */
export function waiting(input: WaitInput, { title, body }: WaitContent, frame: Frame): string {
  const { wait } = wordsIn(frame.language)
  const { action, address, poll, others, begun, until, scripts, scriptNonce } = input
  const whole = Math.max(1, Math.ceil((until - begun) / 1000))
  const left = Math.min(whole, Math.max(0, Math.ceil((until - frame.now) / 1000)))
  return layout(frame, {
    title,
    // Only where no script runs: a page that comes anew by itself tears what somebody is listening to.
    head: html`<noscript><meta http-equiv="refresh" content="3"></noscript>`,
    body: html`<h1>${broken(title)}</h1>
<div id="wait" data-poll="${poll}" data-address="${address}">
${body}
<progress class="patience" id="left" max="${whole}" value="${left}" aria-label="${wait.left}"></progress>
<p class="lost" id="lost" role="status" data-words="${wait.broken}"></p>
</div>
<form method="post" action="${action}" class="acts many">
<a class="act quiet without-script" id="go" href="${address}">${broken(wait.go)}</a>
<button type="submit" class="act quiet" id="stop" name="stop" value="1">${broken(others ? wait.stop : wait.stopOnly)}</button>
${leaveButton(frame)}
</form>
${scripts.map((script) => html`<script type="module" nonce="${scriptNonce}" src="${script}"></script>`)}`,
  })
}

/** The phone shows a number too: the same, or somebody else is at work. */
export interface CompareInput extends WaitInput {
  readonly code: string
}

function render(input: CompareInput, frame: Frame): string {
  const { wait } = wordsIn(frame.language)
  return waiting(
    input,
    {
      title: wait.title,
      body: html`<div class="sheet match">
<p>${wait.same}</p>
<output id="code" aria-live="polite">${input.code}</output>
<p>${wait.pin}</p>
<p>${wait.otherwise}</p>
</div>`,
    },
    frame,
  )
}

const now = Date.parse('2026-11-21T02:41:00Z')
const sample: CompareInput = {
  action: '/login/sample/mobile-id',
  address: '/login/sample/mobile-id/wait',
  poll: '/login/sample/mobile-id/poll',
  others: true,
  begun: now - 42_000,
  until: now + 78_000,
  scripts: ['/assets/wait-sample.js'],
  scriptNonce: 'c2FtcGxlLW5vbmNl',
  code: '7580',
}

export const comparePage: Page<CompareInput> = {
  render,
  samples: {
    'a number to compare': { input: sample, frame: { now } },
    'the only way': { input: { ...sample, others: false, code: '0042' }, frame: { now } },
  },
}
