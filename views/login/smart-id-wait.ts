import { broken, html, type Markup } from '../html.ts'
import type { Frame, Page } from '../layout.ts'
import { wordsIn } from '../words/words.ts'
import { type WaitInput, waiting } from './wait.ts'

/** The points of a square code: row by row, one bit each, base64url. */
export interface Picture {
  readonly size: number
  readonly bits: string
}

/** A square code that changes every second (square-code.js draws the next ones), and a link for an app on this device. */
export interface SmartIdLinkInput extends WaitInput {
  /** Absent once it was confirmed. */
  readonly picture?: Picture | undefined
  /** Opens the app on this device; absent where it could not come back. */
  readonly link?: string | undefined
  /** Confirmed by an app on this device, which has yet to open the page that goes on. */
  readonly confirmed?: true | undefined
}

/** The quiet zone around it, in points (ISO/IEC 18004 §6.3.8). */
const MARGIN = 4

/** Black runs as lines: `M3 4.5h7`. As square-code.js does it. */
export function linesOf({ size, bits }: Picture): string {
  const bytes = Buffer.from(bits, 'base64url')
  const black = (x: number, y: number): boolean => {
    const at = y * size + x
    return x < size && ((bytes[at >> 3] ?? 0) & (0x80 >> (at & 7))) !== 0
  }
  let lines = ''
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      const from = x
      while (black(x, y)) x++
      if (x > from) lines += `M${from} ${y}.5h${x - from}`
    }
  return lines
}

function squareCode(picture: Picture, label: string): Markup {
  const side = picture.size + 2 * MARGIN
  return html`<svg class="live-code" id="square" viewBox="${`${-MARGIN} ${-MARGIN} ${side} ${side}`}" role="img" aria-label="${label}" shape-rendering="crispEdges"><rect x="${-MARGIN}" y="${-MARGIN}" width="${side}" height="${side}" fill="#fff"/><path id="square-lines" d="${linesOf(picture)}" stroke="#000"/></svg>`
}

function renderLink(input: SmartIdLinkInput, frame: Frame): string {
  const { scan } = wordsIn(frame.language).smartId
  const { picture, link } = input
  const open = html`<div class="open">
<p>${scan.orOpen}</p>
<a class="act" id="open" href="${link}">${broken(scan.open)}</a>
</div>`
  const back = html`<div class="sheet"><p>${scan.back}</p></div>`
  if (!picture) return waiting(input, { title: scan.backTitle, body: back }, frame)
  return waiting(
    input,
    {
      title: scan.title,
      body: html`<div class="sheet scan" id="scan">
<div>
<p>${scan.how}</p>
${squareCode(picture, scan.alt)}
</div>
${link === undefined ? undefined : open}
</div>
<template id="confirmed">${back}</template>`,
    },
    frame,
  )
}

/** The phone shows three numbers; the one to choose. */
export interface SmartIdCodeInput extends WaitInput {
  readonly code: string
}

function renderCode(input: SmartIdCodeInput, frame: Frame): string {
  const { notify } = wordsIn(frame.language).smartId
  const body = html`<div class="sheet match">
<p>${notify.code}</p>
<output id="code" aria-live="polite">${input.code}</output>
<p>${notify.otherwise}</p>
</div>`
  return waiting(input, { title: notify.codeTitle, body }, frame)
}

const now = Date.parse('2026-11-21T02:41:00Z')
const place: WaitInput = {
  action: '/login/sample/smart-id',
  address: '/login/sample/smart-id/wait',
  poll: '/login/sample/smart-id/poll',
  others: true,
  begun: now - 12_000,
  until: now + 168_000,
  scripts: ['/assets/wait-sample.js', '/assets/square-code-sample.js'],
  scriptNonce: 'c2FtcGxlLW5vbmNl',
}
/** Of the smallest kind; what it says is of no use. */
const picture: Picture = {
  size: 21,
  bits: '_n_8GCgwbtK7dtddu6Euwakn_qvgGAD0p4nFiaX6ouzQ3tzIUADCc-7y2BzoW67QLdfZ7oqPdQEJBG8H_7FY',
}
const link = 'http://localhost:3003/smart-id-rp/app?deviceLinkType=Web2App&sessionToken=sample&version=1.0'

export const smartIdLinkPage: Page<SmartIdLinkInput> = {
  render: renderLink,
  samples: {
    'code and link': { input: { ...place, picture, link }, frame: { now } },
    'code alone': { input: { ...place, others: false, picture }, frame: { now } },
    'confirmed, not yet back': { input: { ...place, confirmed: true }, frame: { now } },
  },
}

export const smartIdCodePage: Page<SmartIdCodeInput> = {
  render: renderCode,
  samples: { 'a number to choose': { input: { ...place, code: '0042' }, frame: { now } } },
}
