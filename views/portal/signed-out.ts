import type { Words } from '../../src/identity/language.ts'
import { broken, html } from '../html.ts'
import { type Frame, layout, type Page } from '../layout.ts'
import { wordsIn } from '../words/words.ts'

export interface SignedOutInput {
  /** The service's own site, where it is known and the service named no address to return to. */
  readonly site?: { readonly href: string; readonly name: Words } | undefined
  /** Only from this service; the rest of the session lives on, and ends at `everywhere`. */
  readonly left?: { readonly name: Words; readonly everywhere: string } | undefined
}

function render({ site, left }: SignedOutInput, frame: Frame): string {
  const { session, acts } = wordsIn(frame.language)
  const title = left ? session.left.title(left.name[frame.language]) : session.signedOut.title
  const ways = [
    left && html`<a class="act" id="everywhere" href="${left.everywhere}">${broken(session.signOut.act)}</a>`,
    site &&
      html`<a class="act quiet" id="back" href="${site.href}">${broken(acts.backTo(site.name[frame.language]))}</a>`,
  ].filter((way) => way !== undefined)
  return layout(frame, {
    title,
    body: html`<div class="sheet good">
<h1>${broken(title)}</h1>
<p>${left ? session.left.lead : session.signedOut.lead}</p>
${ways.length > 0 ? html`<div class="acts">${ways}</div>` : undefined}
</div>`,
  })
}

const name = { th: 'กรมสรรพากร', en: 'Revenue Department', et: 'Maksuamet' }
const site = { href: 'https://agency.example/', name }
export const signedOutPage: Page<SignedOutInput> = {
  render,
  samples: {
    plain: { input: {} },
    'with a way back': { input: { site } },
    'of one service': { input: { site, left: { name, everywhere: '/session/end' } } },
  },
}
