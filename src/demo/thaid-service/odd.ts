// What a service that knows people must never do, one word each: told to the simulator by tests, through `order` or
// POST /thaid/manage. None of them is ThaID's; each is a way in which somebody could be let in who should not be.

export const ODDITIES = [
  // The answer with the tokens.
  ...['no-id-token', 'garbage', 'huge', 'redirected', 'hang', 'status-500', 'status-429', 'not-our-client'],
  ...['ended-long-ago', 'lives-as-a-duration'],
  // What signs it.
  ...['other-key', 'unknown-key', 'unsigned', 'signed-by-our-secret', 'cut-off'],
  // What it says.
  ...['other-issuer', 'other-audience', 'more-audiences', 'other-party', 'over', 'of-tomorrow', 'of-yesterday'],
  ...['proved-long-ago', 'nonce', 'other-nonce', 'other-access-token', 'no-person', 'no-such-person', 'no-level'],
  // What comes back with the browser, and what it publishes.
  ...['says-who', 'says-another', 'broken', 'discovery-of-another', 'keys-are-gone'],
] as const
export type Oddity = (typeof ODDITIES)[number]
