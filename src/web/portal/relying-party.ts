import { wordsIn } from '../../../views/words/words.ts'
import type { Client } from '../../clients/relying-party.ts'
import { agencyId, clientId } from '../../identity/identifiers.ts'
import { LANGUAGES, type Words } from '../../identity/language.ts'

// The citizen's own page is a relying party of ours like any agency's: signing in for it goes through the protocol's own
// door, with every check that stands there. It holds no agreement, so that it learns nothing that way, and no secret, so
// that nobody redeems a code in its name: who is present is read from the session (decision 0015).

export const PORTAL = clientId('pratu-me')
export const ME = '/me'
export const RETURN = `${ME}/return`

/** As it stands on the pages of signing in for it. */
export const portalName = (): Words =>
  Object.fromEntries(LANGUAGES.map((language) => [language, wordsIn(language).me.name])) as Words

export function portalClient(issuer: string): Client {
  const name = portalName()
  return {
    id: PORTAL,
    agency: { id: agencyId('pratu'), name, officer: 'the operator of this service' },
    name,
    sector: 'pratu-me',
    metadata: {
      client_name: name.en,
      application_type: 'web',
      redirect_uris: [`${issuer}${RETURN}`],
      post_logout_redirect_uris: [`${issuer}/`],
      client_uri: `${issuer}${ME}`,
      response_types: ['code'],
      grant_types: ['authorization_code'],
      token_endpoint_auth_method: 'client_secret_basic',
      id_token_signed_response_alg: 'ES256',
    },
    disabled: false,
    version: 0n,
  }
}
