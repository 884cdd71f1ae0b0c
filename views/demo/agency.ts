// The demo agencies' site: looks like somebody else's, says that it is a demonstration, shows what arrived to the letter.
import type { Language, Words } from '../../src/identity/language.ts'
import { attr, broken, html, type Markup, unbroken } from '../html.ts'
import { initial, languageLinks } from '../layout.ts'
import { wordsIn } from '../words/words.ts'

export interface AgencyFrame {
  readonly language: Language
  readonly name: Words
  readonly look: 'revenue' | 'social'
  /** Address of the sheet as this site serves it: pratu.css followed by demo.css. */
  readonly stylesheet: string
  readonly signIn: string
  readonly signOut: string
  /** Where more can be had: by the citizen's consent, or by signing in more surely. */
  readonly more?: { readonly what: 'latin-name' | 'surer'; readonly href: string } | undefined
  /** The other agency, which knows the person without a form. */
  readonly other?: { readonly name: Words; readonly href: string } | undefined
}

export type AgencyInput =
  /** `left`: they were signed in, and are no more. */
  | { readonly state: 'signed-out'; readonly left?: boolean }
  | {
      readonly state: 'signed-in'
      readonly claims: readonly { readonly name: string; readonly value: unknown }[]
      /** What became of a further sign-in, for more: they are in as before. */
      readonly trouble?: 'declined' | 'unmet' | 'failed' | 'stale' | 'unreachable' | undefined
    }
  | {
      readonly state: 'trouble'
      readonly trouble: 'cancelled' | 'unmet' | 'failed' | 'stale' | 'unreachable'
      /** The OAuth code that came back, for developers. */
      readonly error?: string | undefined
    }

/** That somebody said no is no trouble. */
const became = (trouble: string, said: Markup): Markup =>
  trouble === 'declined'
    ? html`<p class="lead" role="status" id="declined">${said}</p>`
    : html`<div class="sheet trouble brief" role="alert" id="trouble"><p><b>${said}</b></p></div>`

function body(input: AgencyInput, frame: AgencyFrame): { title: string; body: Markup } {
  const { language } = frame
  const { demo: words, acts, session } = wordsIn(language)
  const name = frame.name[language]
  const enter = html`<div class="acts"><a class="act" id="sign-in" href="${frame.signIn}">${acts.signIn}</a></div>`
  switch (input.state) {
    case 'signed-out': {
      const title = input.left ? session.left.title(name) : words.welcome(name)
      const lead = input.left ? words.leftLead : words.signedOutLead
      return { title, body: html`<h1>${broken(title)}</h1><div class="sheet"><p>${lead}</p>${enter}</div>` }
    }
    case 'trouble': {
      const title = words.trouble[input.trouble]
      return {
        title,
        body: html`<div class="sheet trouble"><h1>${broken(title)}</h1>${enter}${input.error ? html`<p class="ref">${input.error}</p>` : undefined}</div>`,
      }
    }
    case 'signed-in': {
      const given = input.claims.find(({ name }) => name === 'name' || name === 'given_name')?.value
      const title = typeof given === 'string' ? words.signedInAs(given) : words.signedIn
      return {
        title,
        body: html`<h1>${broken(title)}</h1>
${input.trouble && became(input.trouble, broken(words.trouble[input.trouble]))}
<div class="sheet"><h2>${words.claims}</h2>
<dl class="facts" id="claims">${input.claims.map(
          ({ name, value }) =>
            html`<div><dt>${name}</dt><dd${attr('data-claim', name)}>${typeof value === 'string' ? value : (JSON.stringify(value) ?? '')}</dd></div>`,
        )}</dl></div>
<div class="acts">
${frame.other ? html`<a class="act" id="other" href="${frame.other.href}">${broken(words.other(frame.other.name[language]))}</a>` : undefined}
${frame.more ? html`<a class="act quiet" id="more" href="${frame.more.href}">${broken(words.more[frame.more.what])}</a>` : undefined}
<form method="post" action="${frame.signOut}"><button type="submit" class="act quiet" id="sign-out">${words.signOut}</button></form>
</div>`,
      }
    }
  }
}

function render(input: AgencyInput, frame: AgencyFrame): string {
  const { language } = frame
  const words = wordsIn(language)
  const name = frame.name[language]
  const { title, body: content } = body(input, frame)
  return String(html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${unbroken(title)} · ${name}</title>
<link rel="stylesheet" href="${frame.stylesheet}">
<link rel="icon" href="data:,">
</head>
<body class="${`agency ${frame.look}`}">
<a class="skip" href="#content">${words.frame.skip}</a>
<header>
<p class="trial">${words.frame.trial} · ${words.demo.agencySite}</p>
<div class="top"><a class="sign" href="/"><span class="seal" aria-hidden="true">${initial(name)}</span><span>${name}</span></a>
${languageLinks(language)}</div>
</header>
<main id="content" tabindex="-1">
${content}
</main>
</body>
</html>
`)
}

export const agencyPage = {
  render,
  samples: {
    'signed out': { input: { state: 'signed-out' } },
    'signed in': {
      input: {
        state: 'signed-in',
        claims: [
          { name: 'sub', value: 'q3Zk0yq1mXo3m4H0bYyq1mXo3m4H0bYyq1mXo3m4H0bYy' },
          { name: 'name', value: 'สมชาย ใจดี' },
          { name: 'birthdate', value: '1980-05-17' },
          { name: 'amr', value: ['otp', 'totp'] },
          { name: 'auth_time', value: 1_795_228_860 },
        ],
      },
    },
    'signed in as before': {
      input: { state: 'signed-in', claims: [{ name: 'name', value: 'สมชาย ใจดี' }], trouble: 'declined' },
    },
    left: { input: { state: 'signed-out', left: true } },
    cancelled: { input: { state: 'trouble', trouble: 'cancelled', error: 'access_denied' } },
    unmet: { input: { state: 'trouble', trouble: 'unmet', error: 'unmet_authentication_requirements' } },
    failed: { input: { state: 'trouble', trouble: 'failed' } },
    stale: { input: { state: 'trouble', trouble: 'stale' } },
    unreachable: { input: { state: 'trouble', trouble: 'unreachable' } },
  } satisfies Record<string, { input: AgencyInput }>,
}
