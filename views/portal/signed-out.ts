import type { Words } from '../../src/identity/language.ts'
import { broken, html } from '../html.ts'
import { type Frame, layout, type Page } from '../layout.ts'
import { wordsIn } from '../words/words.ts'

export interface SignedOutInput {
  /** The agency's own site, where it is known and the agency named no address to return to. */
  readonly site?: { readonly href: string; readonly name: Words } | undefined
}

function render({ site }: SignedOutInput, frame: Frame): string {
  const { signedOut: words, acts } = wordsIn(frame.language)
  return layout(frame, {
    title: words.title,
    body: html`<div class="sheet good">
<h1>${broken(words.title)}</h1>
<p>${words.lead}</p>
${site ? html`<div class="acts"><a class="act quiet" id="back" href="${site.href}">${broken(acts.backTo(site.name[frame.language]))}</a></div>` : undefined}
</div>`,
  })
}

export const signedOutPage: Page<SignedOutInput> = {
  render,
  samples: {
    plain: { input: {} },
    'with a way back': {
      input: {
        site: {
          href: 'https://agency.example/',
          name: { th: 'กรมสรรพากร', en: 'Revenue Department', et: 'Maksuamet' },
        },
      },
    },
  },
}
