// The lines of what was done in somebody's name, and the sessions that are open: pieces of several pages of the portal.
import type { MethodId } from '../src/identity/identifiers.ts'
import type { Words } from '../src/identity/language.ts'
import { moment } from './dates.ts'
import { html, type Markup } from './html.ts'
import type { Frame } from './layout.ts'
import { wordsIn } from './words/words.ts'

export type Ground = 'consent' | 'law' | 'public-task' | 'unknown'

/** What a service was told, on which ground, with the provision where the agreement names one. */
export interface Received {
  readonly things: readonly Words[]
  readonly ground: Ground
  readonly reference?: Words | undefined
}

/** What has become of telling an agency that a visit has ended. */
export interface Heard {
  readonly agency: Words
  readonly state: 'waiting' | 'delivered' | 'refused' | 'given-up'
}

export interface OwnLine {
  /** As the audit calls it; what has no words of its own is told in general ones. */
  readonly type: string
  /** Epoch milliseconds. */
  readonly at: number
  readonly agency?: Words | undefined
  readonly means: readonly (MethodId | 'pin')[]
  readonly device?: string | undefined
  readonly place?: Words | undefined
  readonly received: readonly Received[]
  readonly heard?: readonly Heard[]
  readonly reason?: string | undefined
  readonly by?: 'official' | 'service' | undefined
  /** Where they say that it was not them; of an official's act, where they ask why. */
  readonly notMe?: string | undefined
}

export interface OwnSession {
  readonly device?: string | undefined
  readonly agencies: readonly Words[]
  readonly means: readonly MethodId[]
  /** Epoch milliseconds. */
  readonly since: number
  readonly used: number
  /** The one in which the page is read. */
  readonly here: boolean
  readonly end: string
  readonly notMe: string
}

const meansName = (kind: MethodId | 'pin', { language }: Frame): string => {
  const words = wordsIn(language)
  return kind === 'pin' ? words.me.pin.title : words.methods[kind].title
}

export const meansNames = (means: readonly (MethodId | 'pin')[], frame: Frame): string =>
  means.map((kind) => meansName(kind, frame)).join(', ')

export function titleOf({ type, agency, means }: Pick<OwnLine, 'type' | 'agency' | 'means'>, frame: Frame): string {
  const { lines } = wordsIn(frame.language).own.history
  const say = Object.hasOwn(lines, type) ? lines[type as keyof typeof lines] : lines.other
  return say(type.startsWith('credential.') ? meansNames(means, frame) : (agency?.[frame.language] ?? ''))
}

/** `21 November 2026, 09:38 · ThaID · Chrome · Android · Bangkok` */
export function factsOf(line: OwnLine, frame: Frame): string {
  const { language, timeZone } = frame
  const { history: words } = wordsIn(language).own
  const by = line.by && { official: words.byOfficial, service: words.byService }[line.by]
  const means = line.type.startsWith('credential.') ? '' : meansNames(line.means, frame)
  return [moment(line.at, language, timeZone), by, means, line.device, line.place?.[language]]
    .filter(Boolean)
    .join(' · ')
}

export const receivedText = ({ things, ground, reference }: Received, { language }: Frame): string => {
  const { history: words } = wordsIn(language).own
  const named = reference ? ` (${reference[language]})` : ''
  return `${words.received(things.map((one) => one[language]).join(', '))} ${words.ground[ground]}${named}`
}

/** What it was, when and how. */
export function lineText(line: OwnLine, frame: Frame): Markup {
  const { history: words } = wordsIn(frame.language).own
  return html`<div class="told"><b>${titleOf(line, frame)}</b><small>${factsOf(line, frame)}</small>
${line.received.map((one) => html`<small>${receivedText(one, frame)}</small>`)}
${line.heard?.map(({ agency, state }) => html`<small>${agency[frame.language]}: ${words.heard[state]}</small>`)}
${line.reason === undefined ? undefined : html`<small>${words.reason(line.reason)}</small>`}</div>`
}

function lineRow(line: OwnLine, frame: Frame): Markup {
  const { history: words } = wordsIn(frame.language).own
  const act = line.by === 'official' ? words.ask : words.notMe
  const about = `${act}: ${titleOf(line, frame)}, ${factsOf(line, frame)}`
  return html`<li>${lineText(line, frame)}
${line.notMe === undefined ? undefined : html`<a class="act quiet" href="${line.notMe}" aria-label="${about}">${act}</a>`}</li>`
}

export const linesList = (lines: readonly OwnLine[], frame: Frame): Markup =>
  html`<ul class="rows lines" id="lines">${lines.map((line) => lineRow(line, frame))}</ul>`

const deviceOf = ({ device, here }: OwnSession, { language }: Frame): string => {
  const { sessions: words } = wordsIn(language).own
  return here ? `${words.this} · ${device ?? words.unknown}` : (device ?? words.unknown)
}

/** Which one it is: where, at which services, by what means and since when. */
export function sessionText(one: OwnSession, frame: Frame): Markup {
  const { language, timeZone } = frame
  const { sessions: words } = wordsIn(language).own
  const agencies = one.agencies.map((agency) => agency[language]).join(', ')
  const times = [words.since(moment(one.since, language, timeZone)), words.used(moment(one.used, language, timeZone))]
  return html`<div class="told"><b>${deviceOf(one, frame)}</b>${agencies ? html`<small>${agencies}</small>` : undefined}
<small>${[meansNames(one.means, frame), ...times].filter(Boolean).join(' · ')}</small></div>`
}

function sessionRow(one: OwnSession, frame: Frame): Markup {
  const { sessions: words, history } = wordsIn(frame.language).own
  const name = deviceOf(one, frame)
  return html`<li>${sessionText(one, frame)}
<div class="acts"><a class="act grave" href="${one.end}" aria-label="${words.endNamed(name)}">${words.end}</a>
<a class="act quiet" href="${one.notMe}" aria-label="${words.notMeNamed(name)}">${history.notMe}</a></div></li>`
}

export const sessionsList = (sessions: readonly OwnSession[], frame: Frame): Markup =>
  html`<ul class="rows" id="sessions">${sessions.map((one) => sessionRow(one, frame))}</ul>`

const at = Date.parse('2026-11-21T02:38:00Z')
export const TAX: Words = { th: 'กรมสรรพากร', en: 'Revenue Department', et: 'Maksu- ja Tolliamet' }
export const SOCIAL: Words = { th: 'สำนักงานประกันสังคม', en: 'Social Security Office', et: 'Sotsiaalkindlustusamet' }
const BANGKOK: Words = { th: 'กรุงเทพมหานคร', en: 'Bangkok', et: 'Bangkok' }
const NAME: Words = { th: 'ชื่อและนามสกุล', en: 'Name', et: 'Nimi' }
const CODE: Words = { th: 'เลขประจำตัวประชาชน', en: 'Person number', et: 'Isikukood' }
const SECTION: Words = { th: 'ประมวลรัษฎากร มาตรา 3', en: 'Revenue Code, section 3', et: 'Maksukorralduse seaduse § 10' }

/** For the samples of pages. */
export const SAMPLE_LINES: readonly OwnLine[] = [
  {
    type: 'sign-in.succeeded',
    at,
    agency: TAX,
    means: ['thaid'],
    device: 'Chrome · Android',
    place: BANGKOK,
    received: [
      { things: [NAME, CODE], ground: 'law', reference: SECTION },
      { things: [{ th: 'วันเกิด', en: 'Date of birth', et: 'Sünniaeg' }], ground: 'consent' },
    ],
    notMe: '/me/not-me/1',
  },
  {
    type: 'sign-in.single-sign-on',
    at: at - 60_000,
    agency: SOCIAL,
    means: ['smart-card'],
    device: 'Samsung Internet · Android',
    received: [],
    notMe: '/me/not-me/2',
  },
  {
    type: 'person.read',
    at: at - 80_000_000,
    means: [],
    received: [],
    by: 'official',
    reason: 'benefit claim 2569/114',
    notMe: '/me/not-me/3',
  },
  { type: 'credential.enrolled', at: at - 90_000_000, means: ['totp', 'pin'], received: [], notMe: '/me/not-me/4' },
  {
    type: 'session.ended',
    at: at - 92_000_000,
    means: [],
    received: [],
    heard: [
      { agency: TAX, state: 'delivered' },
      { agency: SOCIAL, state: 'waiting' },
    ],
    notMe: '/me/not-me/5',
  },
  { type: 'something.newer', at: at - 95_000_000, means: [], received: [], by: 'service' },
]
export const SAMPLE_SESSIONS: readonly OwnSession[] = [
  {
    device: 'Chrome · Android',
    agencies: [TAX, SOCIAL],
    means: ['thaid'],
    since: at,
    used: at + 60_000,
    here: true,
    end: '/me/sessions/1',
    notMe: '/me/sessions/1/not-me',
  },
  {
    agencies: [SOCIAL],
    means: ['smart-card'],
    since: at - 60_000_000,
    used: at - 50_000_000,
    here: false,
    end: '/me/sessions/2',
    notMe: '/me/sessions/2/not-me',
  },
]
