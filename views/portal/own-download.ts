import { broken, html } from '../html.ts'
import { type Frame, layout, type Page } from '../layout.ts'
import { wordsIn } from '../words/words.ts'

/** Before everything about somebody is given to them as a file. */
export interface OwnDownloadInput {
  /** Where `as=page` or `as=json` is posted. */
  readonly action: string
  readonly back: string
}

function render({ action, back }: OwnDownloadInput, frame: Frame): string {
  const { me, own } = wordsIn(frame.language)
  const { download: words } = own
  return layout(frame, {
    title: words.title,
    body: html`<h1>${broken(words.title)}</h1>
<p class="lead">${words.lead}</p>
<form method="post" action="${action}" class="sheet">
<p>${words.care}</p>
<div class="acts"><button type="submit" class="act" id="as-page" name="as" value="page">${words.page}</button>
<button type="submit" class="act quiet" id="as-json" name="as" value="json">${words.json}</button>
<a class="act quiet" id="back" href="${back}">${me.back}</a></div>
</form>`,
  })
}

export const ownDownloadPage: Page<OwnDownloadInput> = {
  render,
  samples: { 'two files': { input: { action: '/me/download', back: '/me' } } },
}
