import type { Language } from '../../src/identity/language.ts'
import { summary } from '../fields.ts'
import { attr, broken, html, type Markup, unbroken } from '../html.ts'
import { type Frame, layout, type Page } from '../layout.ts'
import { say, type Trouble } from '../trouble-words.ts'
import { WEB_EID_FAULTS, type WebEidFault } from '../words/card-shape.ts'
import { faultIn, worded, wordsIn } from '../words/words.ts'
import { leaveButton } from './leave.ts'

/** A card by Web eID: web-eid.js speaks with the browser's extension and posts what the card signed. */
export interface CardInput {
  /** Where the form posts `token` (or `way=tls`, or `cancel=1`); asked for by GET it is this page with a fresh nonce. */
  readonly action: string
  /** To be signed by the card: base64, 44 characters or more (Web eID's challenge nonce). */
  readonly nonce: string
  /** For how long the nonce is good, in milliseconds. */
  readonly life: number
  /** Addresses of web-eid.js, and of what else this page runs before it (the demonstration's card on screen). */
  readonly scripts: readonly string[]
  /** The nonce of the response's policy, which lets these scripts run. */
  readonly scriptNonce: string
  /** The browser can be asked for the card's certificate itself, without Web eID. */
  readonly tls: boolean
  /** Where another means can be chosen, if there is one. */
  readonly others?: string | undefined
  readonly trouble?: Trouble | undefined
}

/** Web eID is had from here: its makers' own page, which knows every system and language. */
const PROGRAM = 'https://web-eid.eu/'
const WANTS_PROGRAM: readonly WebEidFault[] = [
  'EXTENSION_UNAVAILABLE',
  'NATIVE_UNAVAILABLE',
  'VERSION_MISMATCH',
  'VERSION_INVALID',
  'NATIVE_INVALID_ARGUMENT',
]

/** They are the same in every page of a language, and longer than all the rest of it. */
const faults = new Map<Language, Markup>()

function allFaults(language: Language): Markup {
  const made = faults.get(language) ?? html`${WEB_EID_FAULTS.map((which) => fault(which, language))}`
  faults.set(language, made)
  return made
}

/** A long code may break behind its underlines, and nowhere else. */
const breakable = (code: string): Markup =>
  html`${code.split('_').map((part, at) => (at === 0 ? html`${part}` : html`_<wbr>${part}`))}`

function fault(which: WebEidFault, language: Language): Markup {
  const { card } = wordsIn(language)
  const said = faultIn(language, which)
  return html`<template id="${`fault-${which}`}"><div class="sheet trouble brief">
<p><b>${unbroken(said.title)}</b></p>
<p>${said.happened} ${said.not}</p>
<p>${worded(said.now, {})}</p>
${WANTS_PROGRAM.includes(which) ? html`<p class="aside"><a href="${PROGRAM}" target="_blank" rel="noreferrer">${card.get}</a></p>` : undefined}
<p class="ref"><span>${card.code} <b>${breakable(`ERR_WEBEID_${which}`)}</b></span></p>
</div></template>`
}

function render(input: CardInput, frame: Frame): string {
  const { acts, card } = wordsIn(frame.language)
  const { action, nonce, life, scripts, scriptNonce, tls, others, trouble } = input
  // The program has no Thai, and refuses a language that it doesn't know.
  const lang = frame.language === 'th' ? 'en' : frame.language
  const run = scripts.map((address) => html`<script type="module" nonce="${scriptNonce}" src="${address}"></script>`)
  return layout(frame, {
    title: card.title,
    trouble: trouble && say(trouble, frame).title,
    body: html`<h1>${broken(card.title)}</h1>
${summary(trouble, frame)}
<form method="post" action="${action}" class="sheet" id="card"${attr('data-nonce', nonce)}${attr('data-lang', lang)}${attr('data-life', life)}>
<p>${card.lead}</p>
<p class="hint">${card.which}</p>
<div class="without" id="without">
<p><b>${card.without.title}</b></p>
<p>${card.without.text}</p>
</div>
<div class="said" id="said" role="alert"></div>
<p class="progress" id="progress" role="status"></p>
<input type="hidden" name="token" value="">
<div class="acts many">
<button type="submit" class="act" id="continue" hidden>${card.start}</button>
${tls ? html`<button type="submit" class="act quiet" id="tls" name="way" value="tls">${broken(card.tls)}</button>` : undefined}
${others === undefined ? undefined : html`<a class="act quiet" id="others" href="${others}">${acts.other}</a>`}
${leaveButton(frame)}
</div>
<template id="progress-looking">${card.looking}</template>
<template id="progress-pin">${card.pin}</template>
<template id="progress-sending">${card.sending}</template>
<template id="start">${card.start}</template>
<template id="again">${card.again}</template>
${allFaults(frame.language)}
</form>
${run}`,
  })
}

const input: CardInput = {
  action: '/login/sample/smart-card',
  nonce: 'c2FtcGxlIG5vbmNlIG9mIHRoaXJ0eS10d28gYnl0ZXM=',
  life: 300_000,
  scripts: ['/assets/web-eid-sample.js'],
  scriptNonce: 'c2FtcGxlLW5vbmNl',
  tls: false,
}
const others = '/login/sample'

export const cardPage: Page<CardInput> = {
  render,
  samples: {
    'the only way': { input },
    'with other ways': { input: { ...input, tls: true, others } },
    'waited too long': { input: { ...input, others, trouble: { code: 'PRT-1605' } } },
    'not accepted': {
      input: { ...input, tls: true, others, trouble: { code: 'PRT-1601' } },
      frame: { requestId: 'k2Rc4gAdFqruO1VCZObpug' },
    },
  },
}
