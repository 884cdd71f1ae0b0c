// What `http://localhost` forces on the demo, one line each and nowhere else. Production's issuer is https, where the last
// hop behind the TLS proxy is plain http too: so that is no exception, and cookies carry Secure everywhere.
// The agencies' own http://localhost addresses are an exception of the clients' register, not of the protocol.

/** @throws Error when the issuer isn't fit for the profile. */
export function checkIssuer(issuer: string, production: boolean): void {
  const url = new URL(issuer)
  if (url.origin !== issuer) throw new Error(`issuer ${issuer}: must be an origin without path or final slash`)
  if (url.protocol === 'https:') return
  // RFC 8252 §8.3 and OIDC Core §3.1.2 want TLS; a browser trusts localhost without it.
  if (!production && url.protocol === 'http:' && url.hostname === 'localhost') return
  throw new Error(`issuer ${issuer}: must be https`)
}

/**
 * The origin that a card signs (Web eID token format): https always. The demo's is signed as the extension's developer
 * option ALLOW_HTTP_LOCALHOST has it; in production the issuer is https already.
 */
export const cardOrigin = (issuer: string): string => issuer.replace(/^http:\/\/localhost(?=$|:)/, 'https://localhost')
