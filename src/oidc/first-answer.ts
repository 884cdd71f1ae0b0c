import type { Interaction } from 'oidc-provider'
import type { Client } from '../clients/relying-party.ts'
import type { Assurance } from '../identity/assurance.ts'
import type { PersonKey } from '../identity/identifiers.ts'
import type { Json } from '../identity/json.ts'
import { Problem } from '../identity/trouble.ts'
import type { Along } from '../login/flow.ts'
import type { Person } from '../persons/person.ts'
import { words } from './account.ts'
import { meets } from './assurance-request.ts'
import { ROUTES, scopesOf } from './configuration.ts'
import { addCookies, COOKIES, type Keygrip, signedLines } from './cookies.ts'
import { PLAIN } from './first-request.ts'
import { grantIdOf, refreshesAfterIdle } from './grants.ts'
import * as lifetimes from './lifetimes.ts'
import type { MadeHere } from './made-here.ts'
import type { Needs, Terms } from './needs.ts'
import { codeIssued } from './record.ts'
import { asSeen, partyOf, remaining, takeBack } from './session-model.ts'
import { requestOf, seenOf, type WebCtx } from './visit.ts'

// The code for an agency whose request asks for nothing special, when somebody has just signed in and nobody was signed in
// before: a new session, a new grant, a code. The request was checked when it came, and what was kept of it is what is
// answered here; whatever else there is to look at (a consent, a level, a way in, a resource) is left to its last step. All
// or nothing: they are stored before the person is let in, under names that nobody knows; the statement that lets them in
// puts the session on the list and the code on record; and the browser is told when that is done. What comes to nothing is
// taken back, or ends by itself.

/** What a request may consist of; each was found right when it came. */
const ANSWERED: ReadonlySet<string> = new Set([...PLAIN, 'display'])

export interface JustSignedIn {
  readonly model: Interaction
  readonly client: Client
  readonly known: Person | undefined
  readonly acr: Assurance
  readonly amr: readonly string[]
  /** Epoch seconds of the proof. */
  readonly at: number
}

type Parts = Pick<
  Needs,
  'artifacts' | 'clients' | 'clock' | 'db' | 'disclosure' | 'issuer' | 'live' | 'random' | 'session' | 'terms'
>

export interface FirstAnswer extends Along {
  /**
   * Puts the answer into `ctx`, when the parts are written.
   * @throws Problem PRT-1001 when another request has answered this interaction.
   */
  give(ctx: WebCtx): Promise<void>
}

/** @returns a function that makes it ready; undefined where the library must make it: then nothing has happened. It throws what the store throws. */
export function openFirstAnswer(
  needs: Parts & { readonly keys: Pick<Keygrip, 'sign'>; readonly madeHere: MadeHere },
): (ctx: WebCtx, who: JustSignedIn) => Promise<FirstAnswer | undefined> {
  const { artifacts, clock, db, disclosure, issuer, keys, live, madeHere, random, session: limits, terms } = needs
  const scopes = new Set(scopesOf(disclosure))

  async function isUsual({ model, client, known, acr, amr }: JustSignedIn): Promise<boolean> {
    const { params, prompt, lastSubmission, parJti } = model as Interaction & { readonly parJti?: string }
    if (!known || prompt.name !== 'login' || lastSubmission !== undefined || parJti !== undefined) return false
    if (!Object.entries(params).every(([name, value]) => ANSWERED.has(name) || value === undefined)) return false
    const asked = words(params.scope)
    if (params.response_type !== 'code' || !asked.includes('openid') || asked.includes('offline_access')) return false
    if (!satisfies(terms(client), known, acr, amr) || refreshesAfterIdle(needs, client.id)) return false
    const question = { client: client.id, person: known.key, known, scopes: asked, claims: [] }
    return (await disclosure.decide(question)).ask.length === 0
  }

  return async (ctx, who) => {
    if (!(await isUsual(who))) return undefined
    const { model, client, known, acr, amr, at } = who
    const { params, uid: interaction } = model
    const person: PersonKey = known!.key
    const now = Math.floor(clock.now() / 1000)
    const uid = random.token(256)
    const session = { uid, id: `${uid}.${random.token(256)}`, sid: random.token(256), accountId: person, acr, amr }
    const grantId = grantIdOf(session.id, client.id)
    const end = at + limits.absolute
    const lives = remaining({ loginTs: at, acr }, now, limits)
    const scope = [...new Set(words(params.scope))].filter((name) => scopes.has(name)).join(' ')
    const code = random.token(256)
    const { backchannel_logout_uri: hears, backchannel_logout_session_required: bySession } = client.metadata
    const kept = {
      ...{ kind: 'AuthorizationCode', jti: code, iat: now, exp: now + lifetimes.CODE, clientId: client.id },
      ...{ accountId: person, acr, amr, authTime: at, nonce: params.nonce, scope, grantId, sessionUid: uid },
      ...{ codeChallenge: params.code_challenge, codeChallengeMethod: params.code_challenge_method },
      ...{ redirectUri: params.redirect_uri, expiresWithSession: true },
      ...(hears !== undefined && bySession === true && { sid: session.sid }),
    }
    const grant = { kind: 'Grant', jti: grantId, iat: now, exp: end, accountId: person, clientId: client.id }
    const seen = {
      ...asSeen({ ...session, loginTs: at }, now, limits),
      ...{ device: seenOf(ctx).device ?? '', party: partyOf(client.id, session.sid) },
    }
    const back = new URL(String(params.redirect_uri))
    back.searchParams.set('code', code)
    if (typeof params.state === 'string') back.searchParams.set('state', params.state)
    back.searchParams.set('iss', issuer)
    const issued = { person, client: client.id, request: requestOf(ctx), acr, amr, authTime: at, scope }
    const undo = () => takeBack({ artifacts, db, limits, live }, { uid, grantId })
    const stored = await Promise.allSettled([
      artifacts.saveSession(
        {
          ...{ uid, id: session.id, known: false, dropped: [] },
          body: plain({ accountId: person, acr, amr, loginTs: at, transient: true, iat: now, exp: now + lives }),
          parties: new Map([[client.id, { sid: session.sid, grantId }]]),
        },
        lives,
      ),
      artifacts.put('code', code, plain(kept), lifetimes.CODE),
      artifacts.put('grant', grantId, grant, Math.max(1, end - now)),
    ])
    const failed = stored.find(({ status }) => status === 'rejected')
    if (failed?.status === 'rejected') {
      await undo()
      throw failed.reason
    }

    return {
      parts: live.begin(seen, codeIssued(issued)),
      undo,
      async give(answer) {
        try {
          // Of two answers to one interaction, one leaves.
          if ((await artifacts.consume('interaction', interaction, now, lifetimes.INTERACTION)) !== 'consumed')
            throw new Problem('PRT-1001')
        } catch (error) {
          await undo()
          throw error
        }
        madeHere.note(code, kept)
        addCookies(answer, [
          ...signedLines(keys, COOKIES.resume, '', `${ROUTES.authorization}/${interaction}`),
          ...signedLines(keys, COOKIES.session, session.id, '/'),
        ])
        answer.set('Cache-Control', 'no-store')
        answer.status = 303
        answer.set('Location', back.href)
        answer.body = ''
      },
    }
  }
}

/** What the agreement demands of a sign-in; whoever doesn't reach it is told by the policy. */
const satisfies = (
  { floor, reachable, methods, eResidents }: Terms,
  { kind }: Person,
  acr: Assurance,
  amr: readonly string[],
): boolean =>
  meets(reachable, floor) &&
  meets(acr, floor) &&
  (methods === undefined || amr.some((way) => methods.some((id) => id === way))) &&
  (eResidents !== false || kind !== 'e-resident')

/** Without what the request left out. */
const plain = (value: object): Json =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Json
