import { duration, keeping } from '../dates.ts'
import { broken, html } from '../html.ts'
import { type Frame, layout, type Page, telephone } from '../layout.ts'
import { wordsIn } from '../words/words.ts'

/** What is kept, in the citizen's words; docs/privacy.md is the same for those who answer for it. */
export interface PrivacyInput {
  /** How long the payload of the audit is kept, in days, as the operator has set it. */
  readonly recordDays: number
  /** How long an open sign-in lives: unused, and in all. */
  readonly idleMinutes: number
  /** After a sign-in of the highest level. */
  readonly idleHighMinutes: number
  readonly sessionHours: number
}

function render({ recordDays, idleMinutes, idleHighMinutes, sessionHours }: PrivacyInput, frame: Frame): string {
  const { language } = frame
  const { privacy: words } = wordsIn(language)
  const part = (title: string, text: string) => html`<h2>${title}</h2><p>${text}</p>`
  return layout(frame, {
    title: words.title,
    body: html`<h1>${broken(words.title)}</h1>
<p class="lead">${words.lead}</p>
<div class="sheet">
${words.parts.map(([title, text]) => part(title, text))}
${part(words.open, words.openText(duration(idleMinutes * 60, language), duration(sessionHours * 3600, language), duration(idleHighMinutes * 60, language)))}
${part(words.record, words.recordText(keeping(recordDays, language)))}
<h2>${words.rights}</h2>
<p class="aside">${words.rightsText} ${telephone(frame.helpPhone)}</p>
</div>`,
  })
}

export const privacyPage: Page<PrivacyInput> = {
  render,
  samples: {
    'two years': { input: { recordDays: 730, idleMinutes: 30, idleHighMinutes: 15, sessionHours: 12 } },
    'ten days': { input: { recordDays: 10, idleMinutes: 5, idleHighMinutes: 5, sessionHours: 1 } },
  },
}
