import { MOBILE_ID_TROUBLE } from './mobile-id-trouble.ts'
import { SMART_ID_TROUBLE } from './smart-id-trouble.ts'

// Every way in which something does not go on, one line each: the page's code, the HTTP status, and what the help desk
// needs to know. The citizen's words stand in views/words under the same code; `pratu explain PRT-nnnn` prints both.
// 10 the way in · 11 the person · 12 one-time codes · 13 consent and data · 14 leaving · 15 activation · 16 cards · 17 Mobile-ID · 18 Smart-ID · 19 codes by text message · 20 PIN and code card · 23 outside services · 24 waiting for a phone · 30 the agency's side · 50 ours

interface Entry {
  readonly status: number
  /** For the help desk: what it means and what to look at. English, one or two sentences. */
  readonly meaning: string
}

const table = {
  'PRT-1001': {
    status: 400,
    meaning:
      'The sign-in was begun more than 15 minutes ago, already finished, or never existed. The person starts again at the agency.',
  },
  'PRT-1002': {
    status: 400,
    meaning:
      'The sign-in belongs to another browser, or cookies are switched off: its cookie did not come with the request.',
  },
  'PRT-1003': { status: 404, meaning: 'Nothing stands at this address.' },
  'PRT-1004': {
    status: 400,
    meaning: 'The form or the address was malformed: a field missing, doubled, too long or not UTF-8.',
  },
  'PRT-1005': { status: 429, meaning: 'Too many requests from one source address. Lifts by itself within minutes.' },
  'PRT-1006': {
    status: 421,
    meaning: 'The request named another host than the issuer. Look at the proxy: it must pass on Host unchanged.',
  },
  'PRT-1007': { status: 413, meaning: 'The request was larger than any real one.' },
  'PRT-1008': { status: 405, meaning: 'The address exists, but not for this HTTP method.' },
  'PRT-1009': {
    status: 403,
    meaning: 'A form was sent from another site. Origin or Sec-Fetch-Site did not name the issuer.',
  },
  'PRT-1010': {
    status: 400,
    meaning:
      'The browser is already signed in as another person than the one who has just proved themselves; they must sign out first.',
  },
  'PRT-1101': {
    status: 403,
    meaning:
      'The register entry is suspended: an operator decided so. `pratu persons show` tells the status and the reason.',
  },
  'PRT-1102': { status: 403, meaning: 'The person proved themselves but has no entry in the register.' },
  'PRT-1103': {
    status: 403,
    meaning: 'No method that this person can use reaches the assurance that the agency asks for.',
  },
  'PRT-1105': {
    status: 403,
    meaning:
      'The register says that this person has died. Who stands at the door is somebody else, or the register is wrong.',
  },
  'PRT-1104': {
    status: 403,
    meaning:
      "The chosen method is switched off, for all or for this agency (`pratu methods list`), or outside the agency's agreement.",
  },
  'PRT-1106': { status: 503, meaning: 'What the chosen method depends on outside does not answer.' },
  'PRT-1107': {
    status: 403,
    meaning:
      'The person proved themselves by a method that they have blocked themselves. `pratu persons show` names what is blocked; `pratu persons unblock` opens it again.',
  },
  'PRT-1108': {
    status: 403,
    meaning:
      'An operator has locked this person: nobody is let in under their name until it is lifted. `pratu persons history` tells who did it and why; `pratu persons unlock` lifts it.',
  },
  'PRT-1201': {
    status: 422,
    meaning: 'Person code and one-time code did not match. Unknown person codes read the same on purpose.',
  },
  'PRT-1202': { status: 422, meaning: 'This one-time code was already used; the next one comes within 30 seconds.' },
  'PRT-1203': {
    status: 429,
    meaning:
      'Too many wrong codes: a wait of 30 seconds, doubling up to an hour. Known browsers of the person have a budget of their own.',
  },
  'PRT-1204': {
    status: 429,
    meaning:
      'Fifty wrong codes: the one-time code of this person is stopped. It lifts at the time shown, or when an operator enrols a new code.',
  },
  'PRT-1205': { status: 422, meaning: 'The person code has the wrong form or a wrong check digit.' },
  'PRT-1206': { status: 422, meaning: 'The one-time code is not six digits.' },
  'PRT-1301': {
    status: 403,
    meaning: 'The agency has no agreement in force that lets it learn anything; its operator must import one.',
  },
  'PRT-1401': { status: 400, meaning: 'The sign-out could not be tied to a session; nothing was ended.' },
  'PRT-1501': { status: 422, meaning: 'The activation code of the letter is wrong, used or older than 30 days.' },
  'PRT-1502': { status: 429, meaning: 'Too many wrong activation codes from this source or for this person.' },
  'PRT-1601': {
    status: 403,
    meaning:
      'The card was refused. The page says no more on purpose; the audit has the reason (`pratu explain` with the request number prints it).',
  },
  'PRT-1602': { status: 403, meaning: "The card's certificate has expired or is not valid yet." },
  'PRT-1603': {
    status: 403,
    meaning: 'An emergency block covers this card; the page shows the reason given with it. See `pratu cards blocks`.',
  },
  'PRT-1604': {
    status: 503,
    meaning:
      'Whether the card was revoked could not be found out: its revocation service does not answer, or answers what can not be believed.',
  },
  'PRT-1605': {
    status: 422,
    meaning:
      'The card answered a question that was older than five minutes or already answered. The next try gets a new one.',
  },
  'PRT-1606': { status: 403, meaning: 'The card was revoked or suspended by whoever issued it.' },
  'PRT-1607': { status: 422, meaning: 'The browser came to the card address without a certificate.' },
  'PRT-1608': {
    status: 403,
    meaning: 'The code on the card belongs to several entries of the register. Somebody must decide whose card it is.',
  },
  'PRT-1609': {
    status: 422,
    meaning: 'No answer of the card came with the form: the browser has no JavaScript, or no Web eID.',
  },
  'PRT-1610': {
    status: 403,
    meaning: "The person is an e-resident, and the agency's agreement excludes e-residents.",
  },
  ...SMART_ID_TROUBLE,
  'PRT-1901': {
    status: 422,
    meaning:
      'The code typed is not the one that was sent by text message. Unknown person codes read the same on purpose.',
  },
  'PRT-1902': {
    status: 422,
    meaning:
      'The code from a text message is older than five minutes, was tried five times, was used, or was sent to a number that is no longer enrolled.',
  },
  'PRT-1903': {
    status: 429,
    meaning:
      'Another text message was asked for within a minute, or a fourth within ten: by the person, or by somebody who knows their person code.',
  },
  'PRT-1904': {
    status: 503,
    meaning: 'The gateway of text messages does not answer, or refuses our signature. See docs/operate.md.',
  },
  'PRT-1905': { status: 422, meaning: 'The code from a text message is not six digits.' },
  'PRT-1906': {
    status: 422,
    meaning: 'The telephone number is none, or of a country that PRATU_SMS_PREFIXES does not name.',
  },
  ...MOBILE_ID_TROUBLE,
  'PRT-2401': {
    status: 429,
    meaning:
      "The person's phone was asked three times within ten minutes and nobody confirmed. It lifts at the time shown; other means work.",
  },
  'PRT-2402': {
    status: 429,
    meaning:
      "A question is open on the person's phone already. It lifts when that one is answered or refused, or at the time shown.",
  },
  'PRT-2403': {
    status: 429,
    meaning: 'The person refused on the phone less than a minute ago; it is left in peace for that minute.',
  },
  'PRT-2001': { status: 422, meaning: 'The code was right, the PIN after it was not.' },
  'PRT-2002': {
    status: 429,
    meaning: 'Too many wrong PINs after right codes: a wait of 30 seconds, doubling up to an hour.',
  },
  'PRT-2003': {
    status: 429,
    meaning:
      'Fifty wrong PINs after right codes: somebody has the codes of this person. The PIN is stopped until the time shown, or until a new one is set; other means are not.',
  },
  'PRT-2004': {
    status: 422,
    meaning:
      'The question for the PIN is over: five minutes passed, five answers were wrong, or it was answered already. The code before it is used up; the sign-in goes on with a new one.',
  },
  'PRT-2005': {
    status: 403,
    meaning: 'The agency asks for more than a code alone, and this person has set no PIN.',
  },
  'PRT-2006': { status: 422, meaning: 'A PIN has six to twelve digits.' },
  'PRT-2007': { status: 422, meaning: 'The PIN that was to be set is among those that are guessed first.' },
  'PRT-2008': {
    status: 422,
    meaning: "The PIN that was to be set is made of the person's birth date or person code.",
  },
  'PRT-2020': {
    status: 422,
    meaning:
      'The code from the card is not the one of the number that was asked for. People without a card read the same on purpose.',
  },
  'PRT-2021': {
    status: 429,
    meaning: 'Too many wrong codes from a card: a wait of 30 seconds, doubling up to an hour.',
  },
  'PRT-2022': {
    status: 429,
    meaning:
      'Fifty wrong codes: the code card of this person is stopped until the time shown, or until a card is issued as for a lost one (`pratu persons issue-code-card --lost`). Other means are not.',
  },
  'PRT-2023': { status: 422, meaning: 'A code from the card has six digits.' },
  'PRT-2024': {
    status: 422,
    meaning: 'The number that was asked for was answered meanwhile, in another tab or browser; another is asked for.',
  },
  'PRT-2101': {
    status: 403,
    meaning: 'The passkey is not kept here: removed, never registered, or it answered for another person.',
  },
  'PRT-2102': {
    status: 403,
    meaning:
      'The answer of the passkey is not believed: made for another address or question, or wrongly signed. The audit has the reason.',
  },
  'PRT-2103': {
    status: 422,
    meaning:
      'The question to the passkey was older than five minutes or already answered. The next try gets a new one.',
  },
  'PRT-2104': {
    status: 422,
    meaning: 'No answer of a passkey came with the form: the browser has no JavaScript, or the page was not ready.',
  },
  'PRT-2105': {
    status: 403,
    meaning:
      'The passkey proves `substantial`, and `high` was asked for: that takes a device-bound one made at a desk.',
  },
  'PRT-2106': {
    status: 403,
    meaning: "The passkey's counter did not grow: there may be a copy of it. It should be removed and a new one made.",
  },
  'PRT-2107': { status: 409, meaning: 'The passkey to be kept is kept already.' },
  'PRT-2108': { status: 409, meaning: 'The person has twenty passkeys already.' },
  'PRT-2109': {
    status: 422,
    meaning: 'The authenticator did not verify the person (PIN, fingerprint or face): it has none set.',
  },
  'PRT-2201': {
    status: 422,
    meaning:
      "The code of a desk is wrong, was used, is older than 15 minutes, or the request isn't approved yet. See `pratu requests list`.",
  },
  'PRT-2202': { status: 429, meaning: 'Too many wrong desk codes from this source or for this request.' },
  'PRT-2203': {
    status: 403,
    meaning: "The desk's 15 minutes are over, its passkey is made, or it was opened in another browser.",
  },
  'PRT-2220': {
    status: 422,
    meaning:
      'The code typed back while connecting a means of their own is not the one that was due; nothing was added.',
  },
  'PRT-2221': {
    status: 403,
    meaning:
      'A change of the person’s own means needs a fresh sign-in at least as sure as the means, and none of theirs reaches that. A desk can do it.',
  },
  'PRT-2222': {
    status: 422,
    meaning: 'What was begun on the person’s own page is older than 15 minutes, already done, or was begun elsewhere.',
  },
  'PRT-2223': { status: 404, meaning: 'The means that was to be removed is not, or no longer, one of the person’s.' },
  'PRT-2224': { status: 422, meaning: 'The new PIN was typed differently the second time.' },
  'PRT-2226': { status: 422, meaning: 'A person may not block every method: nobody could let them in.' },
  'PRT-2230': { status: 422, meaning: 'What was typed as an e-mail address has not the form of one.' },
  'PRT-2231': { status: 422, meaning: 'The code that proves an e-mail address was wrong; tries are counted.' },
  'PRT-2232': {
    status: 422,
    meaning: 'The code that proves an e-mail address is older than five minutes, or was tried five times.',
  },
  'PRT-2233': {
    status: 429,
    meaning: 'Codes to this address, or by this person, were asked for too often: one a minute, three in ten minutes.',
  },
  'PRT-2234': {
    status: 410,
    meaning:
      'The link of a notice was used before, is older than thirty days, or never existed. If it was used there is a case of it: `pratu cases list`.',
  },
  'PRT-2235': {
    status: 404,
    meaning: 'The line of the history, the session or the consent that was named is none of this person’s, or no more.',
  },
  'PRT-2227': {
    status: 429,
    meaning:
      'Too many wrong codes while connecting a means: a wait of 30 seconds, doubling up to an hour. Signing in is not affected.',
  },
  'PRT-2301': {
    status: 403,
    meaning: 'The person, or whoever held the phone, refused in the app of the outside service.',
  },
  'PRT-2302': {
    status: 422,
    meaning:
      "The outside service's answer came too late, twice, or to no question of this sign-in. The next try asks anew.",
  },
  'PRT-2303': { status: 503, meaning: 'The outside service does not answer, or says that it can not.' },
  'PRT-2304': {
    status: 503,
    meaning:
      'The outside service refuses us: our registration there does not fit (client, secret, address, scope). The audit has its word.',
  },
  'PRT-2305': {
    status: 403,
    meaning:
      "The outside service's answer can not be believed. The page says no more on purpose; the audit has the reason (`pratu explain` with the request number prints it).",
  },
  'PRT-2306': {
    status: 403,
    meaning:
      'How surely the outside service knows this person is not stated, or not in our table (`levels` in the file of PRATU_UPSTREAMS).',
  },
  'PRT-3001': { status: 400, meaning: 'The agency sent a client_id that is not registered or is disabled.' },
  'PRT-3002': {
    status: 400,
    meaning: 'The agency sent a redirect_uri that is not registered, to the letter. Compare with `pratu clients show`.',
  },
  'PRT-3003': {
    status: 400,
    meaning:
      "The agency sent a request that OpenID Connect does not allow. The log entry of the request has the library's words.",
  },
  'PRT-3004': {
    status: 400,
    meaning: 'The agency sent a pushed request_uri that is unknown, expired or already used.',
  },
  'PRT-3005': { status: 401, meaning: 'The agency could not authenticate itself.' },
  'PRT-5001': { status: 503, meaning: 'The database does not answer. See /health/ready.' },
  'PRT-5002': { status: 503, meaning: 'The sessions store does not answer or is full. See /health/ready.' },
  'PRT-5003': { status: 503, meaning: "The signing key can't be reached. See /health/ready." },
  'PRT-5004': { status: 500, meaning: 'A fault of ours. The log entry of the request has the stack.' },
  'PRT-5005': { status: 503, meaning: 'This node is stopping or overloaded; another will answer.' },
} as const satisfies Record<string, Entry>

export type TroubleCode = keyof typeof table
export const TROUBLE: Readonly<Record<TroubleCode, Entry>> = table
export const isTroubleCode = (text: string): text is TroubleCode => Object.hasOwn(table, text)

/** A caller's doing: thrown anywhere, rendered only at the edges (page, OAuth error, command line). */
export class Problem extends Error {
  readonly code: TroubleCode
  /** Numbers and times for the citizen's words, never personal data. */
  readonly values: Readonly<Record<string, string | number>>
  constructor(code: TroubleCode, options: { values?: Record<string, string | number>; cause?: unknown } = {}) {
    super(`${code}: ${TROUBLE[code].meaning}`, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.values = options.values ?? {}
  }
}
