import type { Words } from '../../src/identity/language.ts'
import { TROUBLE, type TroubleCode } from '../../src/identity/trouble.ts'
import { moment } from '../dates.ts'
import { broken, html } from '../html.ts'
import { type Frame, layout, type Page, telephone } from '../layout.ts'
import { say, type Trouble } from '../trouble-words.ts'
import { wordsIn } from '../words/words.ts'

/** The page of everything that does not go on; used by all audiences. */
export interface TroubleInput {
  readonly trouble: Trouble
  /** As in the log, for the help desk. */
  readonly requestId?: string | undefined
  /** A path that tries the same once more. */
  readonly again?: string | undefined
  /** Where a form posts `cancel=1`, which leads back to the agency with an answer that it understands. */
  readonly cancel?: string | undefined
  /** The agency's own site, when there is no sign-in left to cancel. */
  readonly site?: { readonly href: string; readonly name: Words } | undefined
  /** Where nothing of that is known: the citizen's own page, which says where they are signed in. */
  readonly own?: string | undefined
  /** Or the front of the house. */
  readonly front?: string | undefined
}

function render({ trouble, requestId, again, cancel, site, own, front }: TroubleInput, frame: Frame): string {
  const { language, timeZone, now } = frame
  const words = wordsIn(language)
  const said = say(trouble, frame)
  const to = frame.towards?.name[language]
  const acts = html`
${again ? html`<a class="act" id="continue" href="${again}">${words.acts.again}</a>` : undefined}
${cancel ? html`<form method="post" action="${cancel}"><button type="submit" class="act${again ? ' quiet' : ''}" id="cancel" name="cancel" value="1">${broken(to ? words.acts.backTo(to) : words.acts.cancel)}</button></form>` : undefined}
${site ? html`<a class="act${again ? ' quiet' : ''}" id="back" href="${site.href}">${broken(words.acts.backTo(site.name[language]))}</a>` : undefined}
${own ? html`<a class="act" id="own" href="${own}">${broken(words.acts.own)}</a>` : undefined}
${front ? html`<a class="act" id="front" href="${front}">${broken(words.acts.front)}</a>` : undefined}`
  return layout(frame, {
    title: said.title,
    body: html`<div class="sheet trouble">
<h1>${broken(said.title)}</h1>
<p>${said.happened}${said.not ? html` <b>${said.not}</b>` : undefined}</p>
${said.reason ? html`<p class="reason">${said.reason}</p>` : undefined}
<h2>${words.trouble.now}</h2>
<p>${said.now}${said.left ? html` <b>${said.left}</b>` : undefined}</p>
${again || cancel || site || own || front ? html`<div class="acts">${acts}</div>` : undefined}
<p class="ref">
<span>${words.trouble.code} <b>${trouble.code}</b></span>
<span>${words.trouble.time} <b>${moment(now, language, timeZone)}</b></span>
<span>${words.trouble.phone} <b>${telephone(frame.helpPhone)}</b></span>
${requestId ? html`<span>${words.trouble.request} <b class="id">${requestId}</b></span>` : undefined}
</p>
</div>`,
  })
}

const now = Date.parse('2026-11-21T02:41:00Z')
const requestId = '01K9ZV7QX3M8N4R2T6Y0B5C1DA'
const every = Object.keys(TROUBLE) as TroubleCode[]

export const troublePage: Page<TroubleInput> = {
  render,
  samples: {
    'with both ways on': {
      input: {
        trouble: { code: 'PRT-1204', values: { seconds: 86_400, until: now + 86_400_000 } },
        requestId,
        again: '/login/sample',
        cancel: '/login/sample',
      },
      frame: { now },
    },
    'with an operator’s reason': {
      input: {
        trouble: {
          code: 'PRT-1603',
          reason: {
            th: 'บัตรที่ออกก่อนวันที่ 1 ตุลาคม 2569 มีชิปที่สร้างกุญแจอ่อนเกินไป กรุณาเปลี่ยนบัตรที่สำนักงานทะเบียน',
            en: 'Cards issued before 1 October 2026 have a chip that makes keys too weak. Have yours changed at a registry office.',
            et: 'Enne 1. oktoobrit 2026 väljastatud kaartide kiip teeb liiga nõrku võtmeid. Vahetage kaart büroos välja.',
          },
        },
        requestId,
        again: '/login/sample',
        cancel: '/login/sample',
      },
    },
    'nothing but a way back': {
      input: {
        trouble: { code: 'PRT-1001' },
        requestId,
        site: {
          href: 'https://agency.example/',
          name: { th: 'กรมสรรพากร', en: 'Revenue Department', et: 'Maksuamet' },
        },
      },
    },
    'nothing known of where it came from': {
      input: { trouble: { code: 'PRT-1001' }, requestId, own: '/me' },
    },
    'no such page': { input: { trouble: { code: 'PRT-1003' }, requestId, front: '/' } },
    ...Object.fromEntries(every.map((code) => [code, { input: { trouble: { code }, requestId } }])),
  },
}
