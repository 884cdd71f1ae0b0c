import { METHOD_IDS, type MethodId } from '../../src/identity/identifiers.ts'
import type { Words } from '../../src/identity/language.ts'
import { attr, broken, html, type Markup, trusted } from '../html.ts'
import { type Frame, layout, type Page } from '../layout.ts'
import { wordsIn } from '../words/words.ts'
import { leaveButton } from './leave.ts'

export interface ChooseInput {
  /** Where the form posts `method=<id>`, or `cancel=1`. */
  readonly action: string
  readonly methods: readonly {
    readonly id: MethodId
    readonly lastUsed?: boolean
    /** Shown with why, but not to be chosen: what it asks outside does not answer, it proves too little here, an operator's wish. */
    readonly off?: 'unavailable' | 'weak' | 'closed'
    /** The operator's own words for that. */
    readonly reason?: Words
  }[]
}

const icons: Record<MethodId, Markup> = {
  'smart-card': trusted(
    '<rect x="2.500" y="5" width="19" height="14" rx="2.500"/><rect x="5.500" y="8.500" width="5" height="4" rx="1"/><path d="M5.500 15.800h5M14.500 15.800h4"/>',
  ),
  'mobile-id': trusted('<rect x="7" y="2.500" width="10" height="19" rx="2.500"/><path d="M10.500 18.500h3"/>'),
  'smart-id': trusted('<rect x="7" y="2.500" width="10" height="19" rx="2.500"/><path d="M9.500 12l2 2 3.500-4"/>'),
  thaid: trusted(
    '<rect x="3.500" y="3.500" width="6.500" height="6.500" rx="1"/><rect x="14" y="3.500" width="6.500" height="6.500" rx="1"/><rect x="3.500" y="14" width="6.500" height="6.500" rx="1"/><path d="M14 14h2.500v2.500M20.500 14v6.500H17M14 20.500v-1"/>',
  ),
  mitid: trusted(
    '<path d="M12 2.500 4 5.500v6c0 4.800 3.300 8.500 8 10 4.700-1.500 8-5.200 8-10v-6z"/><path d="M8.500 12l2.500 2.500 4.500-5"/>',
  ),
  passkey: trusted('<circle cx="8" cy="12" r="4.500"/><path d="M12.500 12H21M17.500 12v3.500M20.500 12v2.500"/>'),
  totp: trusted(
    '<rect x="2.5" y="7" width="19" height="10" rx="2.5"/><path d="M6.5 12h.01M10.200 12h.01M13.800 12h.01M17.500 12h.01" stroke-width="3"/>',
  ),
  'sms-code': trusted(
    '<path d="M4 4.500h16a1.500 1.500 0 0 1 1.500 1.500v9.500a1.500 1.500 0 0 1-1.500 1.500h-9l-5 4v-4h-2a1.500 1.500 0 0 1-1.500-1.500v-9.500a1.500 1.500 0 0 1 1.500-1.500z"/><path d="M8 10.800h.01M12 10.800h.01M16 10.800h.01" stroke-width="3"/>',
  ),
  'code-card': trusted(
    '<rect x="2.500" y="5" width="19" height="14" rx="2"/><path d="M6 9.500h2.500M11 9.500h2.500M16 9.500h2M6 14.500h2.500M11 14.500h2.500M16 14.500h2"/>',
  ),
}

function render({ action, methods }: ChooseInput, frame: Frame): string {
  const words = wordsIn(frame.language)
  const list = methods.map(({ id, lastUsed, off, reason }) => {
    const { title, small } = words.methods[id]
    const usual = off && { unavailable: words.choose.off, weak: words.choose.weak, closed: words.choose.closed }[off]
    const why = off && (reason?.[frame.language] ?? usual)
    return html`<li><button type="submit" id="${`method-${id}`}" name="method" value="${id}"${attr('disabled', off && true)}>
<svg viewBox="0 0 24 24" aria-hidden="true">${icons[id]}</svg>
<span><b>${title}</b> <small>${why ?? small}</small></span>
${lastUsed && !off ? html`<span class="last">${words.choose.last}</span>` : undefined}
</button></li>`
  })
  return layout(frame, {
    title: words.choose.title,
    body: html`<h1>${broken(words.choose.title)}</h1>
<p class="lead">${words.choose.lead}</p>
<form method="post" action="${action}">
<ul class="means">${list}</ul>
<div class="acts">${leaveButton(frame)}</div>
</form>`,
  })
}

export const choosePage: Page<ChooseInput> = {
  render,
  samples: {
    'two ways': { input: { action: '/login/sample', methods: [{ id: 'smart-card' }, { id: 'totp' }] } },
    'used before': {
      input: { action: '/login/sample', methods: [{ id: 'smart-card' }, { id: 'totp', lastUsed: true }] },
    },
    'not to be had now': {
      input: { action: '/login/sample', methods: [{ id: 'totp' }, { id: 'smart-card', off: 'unavailable' }] },
    },
    'not sure enough': {
      input: { action: '/login/sample', methods: [{ id: 'smart-card' }, { id: 'totp', off: 'weak' }] },
    },
    'switched off': {
      input: {
        action: '/login/sample',
        methods: [{ id: 'smart-card' }, { id: 'totp' }, { id: 'thaid', off: 'closed' }],
      },
    },
    'switched off with a word': {
      input: {
        action: '/login/sample',
        methods: [
          { id: 'thaid', lastUsed: true },
          { id: 'totp' },
          {
            id: 'smart-card',
            off: 'closed',
            reason: {
              th: 'ปิดปรับปรุงถึงวันที่ 25 พฤศจิกายน 2569 เวลา 06.00 น.',
              en: 'Closed for repair until 25 November 2026, 6 a.m.',
              et: 'Remondis 25. novembrini 2026 kella 6.00-ni.',
            },
          },
        ],
      },
    },
    'every way': { input: { action: '/login/sample', methods: METHOD_IDS.map((id) => ({ id })) } },
    'long agency name': {
      input: { action: '/login/sample', methods: [{ id: 'smart-card' }, { id: 'totp' }] },
      frame: {
        towards: {
          name: {
            th: 'สำนักงานคณะกรรมการส่งเสริมสวัสดิการและสวัสดิภาพครูและบุคลากรทางการศึกษา',
            en: 'Office of the Welfare Promotion Commission for Teachers and Education Personnel',
            et: 'Õpetajate ja haridustöötajate heaolu edendamise komisjoni amet',
          },
        },
      },
    },
  },
}
