import { field } from './fields.ts'
// What every page has in common that speaks with a passkey: the form that passkey.js drives, and a text for whatever the
// browser may say instead of an answer. For signing in, for the desk, and for the citizen's own page.
import { attr, html, type Markup, unbroken } from './html.ts'
import type { Frame } from './layout.ts'
import { PASSKEY_FAULTS, type PasskeyFault } from './words/passkey-shape.ts'
import { passkeyFaultIn, worded, wordsIn } from './words/words.ts'

export interface PasskeyFormInput {
  /** Where the form posts `answer`. */
  readonly action: string
  /** Asked for by GET it is this page with a new question. */
  readonly anew: string
  readonly kind: 'get' | 'create'
  /** The options for the browser, as JSON: PublicKeyCredentialRequestOptionsJSON or …CreationOptionsJSON. */
  readonly options: string
  /** For how long the question is good, in milliseconds. */
  readonly life: number
  /** Address of passkey.js. */
  readonly script: string
  /** The nonce of the response's policy, which lets it run. */
  readonly scriptNonce: string
}

interface Parts {
  /** What stands above the buttons. */
  readonly lead: Markup
  /** Further buttons and links. */
  readonly acts?: Markup | undefined
}

function fault(which: PasskeyFault, frame: Frame): Markup {
  const { code } = wordsIn(frame.language).passkey
  const said = passkeyFaultIn(frame.language, which)
  return html`<template id="${`fault-${which}`}"><div class="sheet trouble brief">
<p><b>${unbroken(said.title)}</b></p>
<p>${said.happened} ${said.not}</p>
<p>${worded(said.now, {})}</p>
<p class="ref"><span>${code} <b>${which}</b></span></p>
</div></template>`
}

/** What its owner calls a passkey that is made. */
export function passkeyName(typed: string | undefined, frame: Frame): Markup {
  const { make } = wordsIn(frame.language).passkey
  const called = {
    name: 'name',
    label: make.name,
    hint: make.hint,
    value: typed,
    numeric: false,
    autocomplete: 'off',
    maxlength: 60,
  } as const
  return field(called, undefined, frame)
}

export function passkeyForm(input: PasskeyFormInput, { lead, acts }: Parts, frame: Frame): Markup {
  const { passkey } = wordsIn(frame.language)
  const { action, anew, kind, options, life, script, scriptNonce } = input
  const words = kind === 'get' ? passkey : passkey.make
  return html`<form method="post" action="${action}" class="sheet" id="passkey"${attr('data-kind', kind)}${attr('data-options', options)}${attr('data-life', life)}${attr('data-anew', anew)}>
${lead}
<div class="without" id="without">
<p><b>${passkey.without.title}</b></p>
<p>${passkey.without.text}</p>
</div>
<div class="said" id="said" role="alert"></div>
<p class="progress" id="progress" role="status"></p>
<input type="hidden" name="answer" value="">
<div class="acts many">
<button type="submit" class="act" id="continue" hidden>${words.start}</button>
${acts}
</div>
<template id="progress-asking">${words.asking}</template>
<template id="progress-sending">${words.sending}</template>
<template id="start">${words.start}</template>
<template id="again">${passkey.again}</template>
${PASSKEY_FAULTS.map((which) => fault(which, frame))}
</form>
<script type="module" nonce="${scriptNonce}" src="${script}"></script>`
}
