import type { Words } from '../../src/identity/language.ts'
import { broken, html, type Markup } from '../html.ts'
import { type Frame, layout, type Page } from '../layout.ts'
import { wordsIn } from '../words/words.ts'

/** Whether a service has confirmed that the person's visit there is over; `itself`: it can't be told, or did not take it. */
export type Told = 'confirmed' | 'waiting' | 'itself'

/** After signing out everywhere: which services have confirmed, and which not yet. */
export interface EndedInput {
  readonly services: readonly { readonly name: Words; readonly told: Told }[]
  /** This page once more; absent where nothing is being waited for. */
  readonly again?: string | undefined
  /** Whether it comes anew by itself. */
  readonly byItself?: boolean
  /** Back to whoever asked. */
  readonly back?: { readonly href: string; readonly name: Words } | undefined
  /** Whether it leads there by itself. */
  readonly leads?: boolean
}

function render({ services, again, byItself = false, back, leads = false }: EndedInput, frame: Frame): string {
  const { language } = frame
  const { session, acts } = wordsIn(language)
  const { ended: words } = session
  const row = ({ name, told }: EndedInput['services'][number]): Markup =>
    html`<li class="${told}"><div><b>${name[language]}</b><small>${words[told]}</small></div></li>`
  return layout(frame, {
    title: words.title,
    body: html`<h1>${broken(words.title)}</h1>
<p class="lead">${services.length === 0 ? words.gone : again ? words.telling : words.told}</p>
${
  services.length > 0
    ? html`<div class="sheet"><h2 id="where">${words.list}</h2>
<ul class="rows told" id="services" aria-labelledby="where">${services.map(row)}</ul>
${again && byItself ? html`<p>${words.wait}</p>` : undefined}
${leads && back ? html`<p>${words.leads(back.name[language])}</p>` : undefined}</div>`
    : undefined
}
<p>${words.shared}</p>
<div class="acts">
${back ? html`<a class="act" id="back" href="${back.href}">${broken(acts.backTo(back.name[language]))}</a>` : undefined}
${again ? html`<a class="act quiet" id="again" href="${again}">${broken(words.again)}</a>` : undefined}
</div>`,
  })
}

const tax = { th: 'กรมสรรพากร', en: 'Revenue Department', et: 'Maksuamet' }
const social = { th: 'สำนักงานประกันสังคม', en: 'Social Security Office', et: 'Sotsiaalkindlustusamet' }
const land = { th: 'กรมที่ดิน', en: 'Department of Lands', et: 'Maa-amet' }
const back = { href: 'https://agency.example/bye?state=sample', name: tax }
export const endedPage: Page<EndedInput> = {
  render,
  samples: {
    'one is waited for': {
      input: {
        services: [
          { name: tax, told: 'confirmed' },
          { name: social, told: 'waiting' },
          { name: land, told: 'itself' },
        ],
        again: '/session/ended',
        byItself: true,
        back,
      },
    },
    'one does not answer': {
      input: { services: [{ name: social, told: 'waiting' }], again: '/session/ended', back },
    },
    'all have confirmed': {
      input: {
        services: [
          { name: tax, told: 'confirmed' },
          { name: social, told: 'confirmed' },
        ],
        back,
        leads: true,
      },
    },
    'too late to look': { input: { services: [] } },
  },
}
