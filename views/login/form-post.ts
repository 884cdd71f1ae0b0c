import { html, trusted } from '../html.ts'
import { type Frame, layout, type Page } from '../layout.ts'
import { wordsIn } from '../words/words.ts'

/** Takes the answer back to an agency that wants it posted (OAuth 2.0 Form Post Response Mode §2). */
export interface FormPostInput {
  /** The agency's registered redirect URI. */
  readonly action: string
  readonly fields: Readonly<Record<string, string>>
  /** The nonce that the response's policy allows: the one page of ours with a script. */
  readonly nonce: string
}

// Constant, so that nothing from outside ever stands in a script.
const submit = 'document.forms[0].submit()'

function render({ action, fields, nonce }: FormPostInput, frame: Frame): string {
  const words = wordsIn(frame.language)
  const inputs = Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  )
  return layout(frame, {
    title: words.formPost.title,
    body: html`<h1>${words.formPost.title}</h1>
${frame.towards ? html`<p class="lead">${words.formPost.lead(frame.towards.name[frame.language])}</p>` : undefined}
<form method="post" action="${action}">${inputs}
<div class="acts"><button type="submit" class="act" id="continue">${words.acts.continue}</button></div>
</form>
<script nonce="${nonce}">${trusted(submit)}</script>`,
  })
}

export const formPostPage: Page<FormPostInput> = {
  render,
  samples: {
    answer: {
      input: {
        action: 'https://agency.example/callback',
        fields: { code: 'sample-code', state: 'sample-state', iss: 'https://pratu.example' },
        nonce: 'c2FtcGxlLW5vbmNl',
      },
    },
  },
}
