import type { Context } from 'koa'
import { formPostPage } from '../../views/login/form-post.ts'
import { switchPersonPage } from '../../views/login/switch-person.ts'
import { troublePage } from '../../views/login/trouble.ts'
import { signOutPage } from '../../views/portal/sign-out.ts'
import { signedOutPage } from '../../views/portal/signed-out.ts'
import type { Clients } from '../clients/client.ts'
import type { Client } from '../clients/relying-party.ts'
import { type ClientId, type PersonKey, personKey } from '../identity/identifiers.ts'
import type { Language } from '../identity/language.ts'
import { TROUBLE, type TroubleCode } from '../identity/trouble.ts'
import type { Pages } from '../oidc/pages.ts'
import type { Log } from '../platform/log.ts'
import { type FrameOf, page } from './frame.ts'
import { scriptNonce } from './headers.ts'
import { siteOf } from './login/way-back.ts'
import { keepEnded } from './portal/ended.ts'
import { PORTAL } from './portal/relying-party.ts'
import { wayOn } from './way-on.ts'

// The protocol's own pages, drawn as all others are: errors, leaving, and the way back to an agency that wants a form.

export interface Needs {
  readonly frame: FrameOf
  readonly clients: Pick<Clients, 'find'>
  /** What the person chose, in whatever browser. */
  readonly languageOf: (person: PersonKey) => Promise<Language | undefined>
  readonly log: Log
}

export function protocolPages({ frame, clients, languageOf, log }: Needs): Pages {
  const client = (id: ClientId | undefined): Client | undefined => (id === undefined ? undefined : clients.find(id))

  /** Our own page needs no word. */
  const servicesIn = (ids: readonly ClientId[]): Client[] =>
    ids.filter((id) => id !== PORTAL).flatMap((id) => clients.find(id) ?? [])

  return {
    error(ctx, code, values, oauth) {
      const requestId = (ctx.state as { requestId: string }).requestId
      const id = ctx.oidc.client?.clientId as ClientId | undefined
      const fields = { code, oauthError: oauth.error, ...(oauth.description && { reason: oauth.description }) }
      log.forRequest(requestId).info('protocol-refused', { ...fields, ...(id && { client: id }) })
      const trouble = { code, values }
      ;(ctx.state as { trouble?: TroubleCode }).trouble = code
      const site = siteOf(client(id))
      const input = { trouble, requestId, ...(site ? { site } : wayOn(code)) }
      page(ctx, troublePage.render(input, frame(ctx)), TROUBLE[code].status)
    },
    formPost(ctx, action, fields) {
      const found = client(ctx.oidc.client?.clientId as ClientId | undefined)
      const around = frame(ctx, { towards: found && { name: found.name } })
      page(ctx, formPostPage.render({ action, fields, nonce: scriptNonce(ctx) }, around))
    },
    switchAccount(ctx, { action, fields }) {
      // The library has looked up the sign-in, and not yet the agency that it is for.
      const { Interaction: begun } = ctx.oidc.entities
      const uid = begun?.uid
      const found = client(begun?.params.client_id as ClientId | undefined)
      const around = frame(ctx, { towards: found && { name: found.name } })
      const cancel = uid === undefined ? undefined : `/login/${uid}`
      page(ctx, switchPersonPage.render({ action, fields, cancel }, around))
    },
    async logout(ctx, { action, xsrf, client: id, parties }) {
      // Our own page is no service to be left by itself.
      const asking = id === PORTAL ? undefined : client(id)
      const agency = asking?.name
      // To its own site, not to where a sign-out leads back: that is for whoever has signed out (RP-Initiated Logout §3),
      // and the agency would take them for gone. Price: it may have ended its own visit before it asked, and then signs them
      // in anew at the next press.
      const site = siteOf(asking)
      const others = servicesIn(parties).filter((party) => party.id !== id)
      const person = ctx.oidc.session?.accountId
      const language = person === undefined ? undefined : await languageOf(personKey(person))
      const around = frame(ctx, { wishes: language ? { person: language } : {}, here: askedBy(ctx) })
      const here = agency !== undefined && parties.some((party) => party === id)
      const staying = site ? { stay: site.href, back: true } : { stay: '/' }
      const input = { action, xsrf, agency, here, others: others.map(({ name }) => name), ...staying }
      page(ctx, signOutPage.render(input, around))
    },
    refused(ctx, { error, description, reason, client: id }) {
      const requestId = (ctx.state as { requestId: string }).requestId
      const why = reason ?? description
      const fields = { route: ctx.path, oauthError: error, ...(why && { reason: why }), ...(id && { client: id }) }
      log.forRequest(requestId).info('agency-refused', fields)
    },
    ended(ctx, { session, parties, client: id, back }) {
      const services = servicesIn(parties)
      if (services.some((party) => party.id !== id)) keepEnded(ctx, { session, client: id, back })
    },
    loggedOut(ctx, { client: id }) {
      const found = client(id)
      const left = found && { name: found.name, everywhere: '/session/end' }
      page(ctx, signedOutPage.render({ site: siteOf(found), left }, frame(ctx, { home: '/' })))
    },
  }
}

/** The request to sign out as it came, for the same page in another language: else nobody would know any more who asks. */
function askedBy({ path, query }: Context): string {
  const { ui_locales: _language, logout_hint: _person, ...rest } = query
  const asked = new URLSearchParams(
    Object.entries(rest).filter((pair): pair is [string, string] => typeof pair[1] === 'string'),
  )
  return asked.size === 0 ? path : `${path}?${asked.toString()}`
}
