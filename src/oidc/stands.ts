import type { Entry } from '../audit/entry.ts'
import type { Client } from '../clients/relying-party.ts'
import { personKey } from '../identity/identifiers.ts'
import type { Person } from '../persons/person.ts'
import { stillTrusted } from '../persons/still-trusted.ts'
import type { Ahead } from './made-here.ts'
import type { Needs } from './needs.ts'
import { alive, type Bound, outlived } from './session-model.ts'
import { takes } from './terms.ts'

// What a code or a token stands on, for our own short ways: its agency, its grant, its session and its person, the three
// that must be asked for asked at once. The library asks for the same, one after the other.

/** As the library stores it. */
export interface Issued extends Bound {
  readonly kind?: string
  readonly exp?: number
  readonly clientId?: string
  readonly accountId?: string
  readonly grantId?: string
  readonly scope?: string
}

interface Grant {
  readonly accountId?: string
  readonly clientId?: string
  readonly exp?: number
}

export interface Ground {
  readonly client: Client
  /** Perhaps as they were read a while ago. */
  readonly known: Person
  /**
   * Puts on record what is about to leave, if the person still is as `known` says; before that nothing may.
   * @returns false where they may have changed: nothing is written then.
   */
  record(entry: Entry | undefined): Promise<boolean>
}

type Parts = Pick<Needs, 'artifacts' | 'audit' | 'clients' | 'db' | 'people' | 'session' | 'terms'>

/**
 * @param how answers that are on their way already; or `anew`: the person is read now, and not only confirmed by `record`.
 * @returns undefined where any of it is missing, over or another's: the library says which. `now` in epoch seconds.
 */
export type Stands = (issued: Issued, now: number, how?: Ahead | 'anew') => Promise<Ground | undefined>

export function openStands({ artifacts, audit, clients, db, people, session, terms }: Parts): Stands {
  /** Whether the session that it came from still is what it was. */
  async function sessionStands(issued: Issued, now: number, ahead: Ahead | undefined): Promise<boolean> {
    const { sessionUid, expiresWithSession, accountId, clientId, grantId } = issued
    if (!expiresWithSession) return !(await outlived(artifacts, issued))
    const asked = ahead?.sessionUid === sessionUid ? ahead?.session : undefined
    const record = sessionUid === undefined ? undefined : await (asked ?? artifacts.findSessionByUid(sessionUid))
    if (!record || !alive(record, now, session)) return false
    const party = record.parties.get(clientId ?? '') as { readonly grantId?: unknown } | undefined
    return (record.body as { readonly accountId?: unknown }).accountId === accountId && party?.grantId === grantId
  }

  async function append(entry: Entry | undefined): Promise<true> {
    if (entry) await audit.append(db, entry)
    return true
  }

  return async (issued, now, how) => {
    const ahead = how === 'anew' ? undefined : how
    const { accountId, clientId, grantId } = issued
    const client = clientId === undefined ? undefined : clients.find(clientId)
    if (!client || client.disabled || !lives(issued, now)) return undefined
    if (accountId === undefined || grantId === undefined) return undefined
    const person = personKey(accountId)
    const lately = how === 'anew' ? undefined : people.lately(person)
    const [found, bound, known] = await Promise.all([
      ahead?.grantId === grantId ? ahead.grant : artifacts.get('grant', grantId),
      sessionStands(issued, now, ahead),
      lately ?? people.find(person),
    ])
    const grant = found?.value as Grant | undefined
    const fits = grant?.accountId === accountId && grant.clientId === clientId && lives(grant, now)
    const trusted = known !== undefined && stillTrusted(known, { at: issued.iat, amr: issued.amr })
    const taken = known !== undefined && takes({ terms }, client, known)
    if (!fits || !bound || !known || !trusted || !taken) return undefined
    return { client, known, record: (entry) => (lately ? people.confirm(lately, entry) : append(entry)) }
  }
}

const lives = ({ exp }: { readonly exp?: number }, now: number): boolean => exp !== undefined && exp > now
