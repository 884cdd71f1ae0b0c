import type { MethodId } from '../../src/identity/identifiers.ts'
import { day, moment } from '../dates.ts'
import { broken, html, type Markup } from '../html.ts'
import { type Frame, layout, type Page } from '../layout.ts'
import { linesList, type OwnLine, type OwnSession, SAMPLE_LINES, SAMPLE_SESSIONS, sessionsList } from '../own-lines.ts'
import { wordsIn } from '../words/words.ts'

// The citizen's own page: what they have to come in with. Each part is a section of its own, so that more of them
// (open visits, what happened, who was told what) can stand beside these.

export type OwnKind = MethodId | 'pin'

export interface OwnMeans {
  readonly kind: OwnKind
  /** The person's name for it, or what tells it from others. */
  readonly label?: string | undefined
  readonly by: 'desk' | 'letter' | 'citizen'
  /** Epoch milliseconds. */
  readonly since: number
  readonly used?: number | undefined
  /** Nobody strong stood behind it. */
  readonly unconfirmed: boolean
  readonly remove: string
}

export const ADDED = ['totp', 'pin', 'sms-code', 'passkey'] as const
export type Added = (typeof ADDED)[number]

export interface MeInput {
  /** As the register has it. */
  readonly who: string
  readonly means: readonly OwnMeans[]
  readonly add: readonly { readonly kind: Added; readonly href: string; readonly replaces: boolean }[]
  readonly ways: { readonly shut: readonly { readonly id: MethodId }[]; readonly later: boolean; readonly href: string }
  /** Open sessions, the one used last first. */
  readonly sessions: readonly OwnSession[]
  /** The newest few lines of what was done in their name. */
  readonly lines: readonly OwnLine[]
  /** "This was not me", as the help desk works on it. */
  readonly cases: readonly { readonly number: string; readonly closed?: number | undefined }[]
  readonly more: {
    readonly history: string
    readonly looks: string
    readonly consents: string
    /** Absent where no e-mails are sent. */
    readonly mail?: { readonly href: string; readonly now?: string | undefined } | undefined
    readonly download: string
  }
  /** What the first sure sign-in took away, until it was read. */
  readonly wiped?:
    | { readonly at: number; readonly methods: readonly { readonly id: MethodId }[]; readonly action: string }
    | undefined
  /** Where the person signs out. */
  readonly leave: string
}

export const nameOfKind = (kind: OwnKind, { language }: Frame): string => {
  const words = wordsIn(language)
  return kind === 'pin' ? words.me.pin.title : words.methods[kind].title
}

function wipedNotice({ wiped }: MeInput, frame: Frame): Markup | undefined {
  if (!wiped) return undefined
  const { wiped: words } = wordsIn(frame.language).me
  return html`<div class="sheet trouble brief" id="wiped">
<p><b>${broken(words.title)}</b></p>
<p>${words.text(day(wiped.at, frame.language, frame.timeZone))}</p>
<ul>${wiped.methods.map(({ id }) => html`<li>${nameOfKind(id, frame)}</li>`)}</ul>
<p>${words.now}</p>
<form method="post" action="${wiped.action}"><button type="submit" class="act" id="read">${words.act}</button></form>
</div>`
}

function meansRow(one: OwnMeans, frame: Frame): Markup {
  const { language, timeZone } = frame
  const { means: words } = wordsIn(language).me
  const name = nameOfKind(one.kind, frame)
  const named = one.label === undefined ? name : `${name}, ${one.label}`
  const facts = [words.by[one.by], words.since(day(one.since, language, timeZone))]
  if (one.used !== undefined) facts.push(words.used(moment(one.used, language, timeZone)))
  return html`<li><div><b>${named}</b><small>${facts.join(' · ')}</small>
${one.unconfirmed ? html`<small class="doubt">${words.unconfirmed}</small>` : undefined}</div>
<a class="act grave" href="${one.remove}" aria-label="${words.removeNamed(named)}">${words.remove}</a></li>`
}

function casesOf({ cases }: MeInput, { language, timeZone }: Frame): Markup | undefined {
  const { cases: words } = wordsIn(language).own
  if (cases.length === 0) return undefined
  const row = ({ number, closed }: MeInput['cases'][number]) =>
    html`<li><div class="told"><b>${words.number(number)}</b><small>${closed === undefined ? words.open : words.closed(day(closed, language, timeZone))}</small></div></li>`
  return html`<h2>${words.title}</h2>
<div class="sheet"><ul class="rows" id="cases">${cases.map(row)}</ul></div>`
}

function moreOf({ more }: MeInput, { language }: Frame): Markup {
  const { own } = wordsIn(language)
  const link = (id: string, href: string, name: string, small?: string) =>
    html`<li><div class="told"><a id="${id}" href="${href}">${name}</a>${small === undefined ? undefined : html`<small>${small}</small>`}</div></li>`
  return html`<h2>${own.more}</h2>
<div class="sheet"><ul class="rows links">
${link('to-consents', more.consents, own.consents.title)}
${link('to-looks', more.looks, own.looks.row)}
${more.mail ? link('to-mail', more.mail.href, own.mail.row, more.mail.now ?? own.mail.none) : undefined}
${link('to-download', more.download, own.download.row)}
</ul></div>`
}

function render(input: MeInput, frame: Frame): string {
  const { me: words, own } = wordsIn(frame.language)
  const { means, add, ways, leave } = input
  const adding = add.map(
    ({ kind, href, replaces }) => html`<li><div><b>${words.add[kind].title}</b>
<small>${replaces ? words.add.replaces : words.add[kind].small}</small></div>
<a class="act quiet" id="${`add-${kind}`}" href="${href}" aria-label="${`${words.add.act}: ${words.add[kind].title}`}">${words.add.act}</a></li>`,
  )
  return layout(frame, {
    title: words.name,
    body: html`<h1>${broken(words.name)}</h1>
<p class="lead">${words.lead} ${words.who(input.who)}</p>
${wipedNotice(input, frame)}
<h2>${own.sessions.title}</h2>
<div class="sheet">${input.sessions.length > 0 ? sessionsList(input.sessions, frame) : html`<p>${own.sessions.none}</p>`}</div>
<h2>${own.history.title}</h2>
<div class="sheet">${input.lines.length > 0 ? linesList(input.lines, frame) : html`<p>${own.history.none}</p>`}
<div class="acts"><a class="act quiet" id="to-history" href="${input.more.history}">${own.history.all}</a></div></div>
${casesOf(input, frame)}
<h2>${words.means.title}</h2>
<div class="sheet">
${means.length > 0 ? html`<ul class="rows" id="means">${means.map((one) => meansRow(one, frame))}</ul>` : html`<p>${words.means.none}</p>`}
</div>
<p class="aside">${words.means.others}</p>
<h2>${words.add.title}</h2>
<div class="sheet"><ul class="rows">${adding}</ul></div>
<h2>${words.ways.title}</h2>
<div class="sheet" id="ways">
${ways.shut.length === 0 && ways.later ? html`<p>${words.ways.all}</p>` : undefined}
${ways.shut.length > 0 ? html`<p>${words.ways.shut} <b>${ways.shut.map(({ id }) => nameOfKind(id, frame)).join(', ')}</b></p>` : undefined}
${ways.later ? undefined : html`<p>${words.ways.later}</p>`}
<div class="acts"><a class="act quiet" id="change-ways" href="${ways.href}">${words.ways.change}</a></div>
</div>
${moreOf(input, frame)}
<div class="acts"><a class="act quiet" id="leave" href="${leave}">${words.leave}</a></div>`,
  })
}

const at = Date.parse('2026-11-12T04:20:00Z')
const add = ADDED.map((kind) => ({ kind, href: `/me/add/${kind}`, replaces: kind === 'totp' }))
const ways = { shut: [], later: true, href: '/me/ways' }
const app: OwnMeans = {
  kind: 'totp',
  by: 'letter',
  since: at,
  used: at,
  unconfirmed: false,
  remove: '/me/remove/totp/1',
}
const more = {
  history: '/me/history',
  looks: '/me/look-ups',
  consents: '/me/consents',
  mail: { href: '/me/mail' },
  download: '/me/download',
}
const base = {
  who: 'สมหญิง ตัวอย่างดี',
  add,
  ways,
  sessions: SAMPLE_SESSIONS,
  lines: SAMPLE_LINES.slice(0, 3),
  cases: [],
  more,
  leave: '/session/end',
}
export const mePage: Page<MeInput> = {
  render,
  samples: {
    'an app': { input: { ...base, means: [app] } },
    nothing: { input: { ...base, means: [], sessions: [], lines: [], more: { ...more, mail: undefined } } },
    everything: {
      input: {
        ...base,
        means: [
          app,
          { kind: 'pin', by: 'desk', since: at, unconfirmed: false, remove: '/me/remove/pin/2' },
          {
            kind: 'sms-code',
            label: '•••• 1234',
            by: 'citizen',
            since: at,
            unconfirmed: true,
            remove: '/me/remove/sms-code/3',
          },
          {
            kind: 'passkey',
            label: 'โทรศัพท์',
            by: 'citizen',
            since: at,
            unconfirmed: false,
            remove: '/me/remove/passkey/4',
          },
          { kind: 'code-card', by: 'desk', since: at, unconfirmed: false, remove: '/me/remove/code-card/5' },
        ],
        cases: [{ number: 'K-3F7Q-92MD' }, { number: 'K-8XVW-2CDF', closed: at }],
        more: { ...more, mail: { href: '/me/mail', now: 'so•••@example.org' } },
        ways: { shut: [{ id: 'smart-card' }, { id: 'mobile-id' }], later: false, href: '/me/ways' },
      },
    },
    wiped: {
      input: { ...base, means: [], wiped: { at, methods: [{ id: 'totp' }, { id: 'sms-code' }], action: '/me/read' } },
    },
  },
}
