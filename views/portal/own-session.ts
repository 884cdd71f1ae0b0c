import { broken, html } from '../html.ts'
import { type Frame, layout, type Page } from '../layout.ts'
import { type OwnSession, SAMPLE_SESSIONS, sessionText } from '../own-lines.ts'
import { wordsIn } from '../words/words.ts'

/** Before a session of one's own is ended. */
export interface OwnSessionInput {
  readonly action: string
  readonly back: string
  readonly session: OwnSession
}

function render({ action, back, session }: OwnSessionInput, frame: Frame): string {
  const { end: words } = wordsIn(frame.language).own
  return layout(frame, {
    title: words.title,
    body: html`<h1>${broken(words.title)}</h1>
<p class="lead">${words.lead}</p>
<div class="sheet">${sessionText(session, frame)}</div>
<form method="post" action="${action}">
<div class="acts"><button type="submit" class="act grave" id="end">${words.act}</button>
<a class="act quiet" id="keep" href="${back}">${words.keep}</a></div>
</form>`,
  })
}

export const ownSessionPage: Page<OwnSessionInput> = {
  render,
  samples: Object.fromEntries(
    SAMPLE_SESSIONS.map((session) => [
      session.here ? 'this one' : 'another one',
      { input: { action: session.end, back: '/me', session } },
    ]),
  ),
}
