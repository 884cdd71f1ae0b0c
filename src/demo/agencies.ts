import * as oidc from 'openid-client'
import type { Words } from '../identity/language.ts'
import type { Clock } from '../platform/clock.ts'
import type { Random } from '../platform/random.ts'
import { type Agency, openAgency } from './agency.ts'
import type { AgencyKeys } from './agency-keys.ts'
import { agencyPages } from './agency-pages.ts'

// The two agencies of the demo, one line of difference each: how they prove themselves, and whether they push requests.

/** As committed in clients.json; another port moves them. */
export const DEFAULT_ORIGINS = { revenue: 'http://localhost:3001', social: 'http://localhost:3002' } as const
export type AgencyId = keyof typeof DEFAULT_ORIGINS

export const NAMES: Readonly<Record<AgencyId, Words>> = {
  revenue: { th: 'กรมสรรพากร', en: 'Revenue Department', et: 'Maksuamet' },
  social: { th: 'สำนักงานประกันสังคม', en: 'Social Security Office', et: 'Sotsiaalkindlustusamet' },
}

export interface Needs {
  readonly issuer: string
  readonly ports: Readonly<Record<AgencyId, number>>
  readonly keys: AgencyKeys
  readonly clock: Clock
  readonly random: Random
}

export const originOf = (port: number): string => `http://localhost:${port}`

export function openAgencies({ issuer, ports, keys, clock, random }: Needs): Record<AgencyId, Agency> {
  const open = (
    id: AgencyId,
    next: AgencyId,
    own: { clientId: string; auth: oidc.ClientAuth; scope: string; pushed: boolean; byConsent?: string },
  ): Agency =>
    openAgency({
      settings: { ...own, issuer, origin: originOf(ports[id]), port: ports[id], cookie: `__Host-${id}` },
      pages: agencyPages({
        name: NAMES[id],
        look: id,
        more: own.byConsent !== undefined,
        other: { name: NAMES[next], href: `${originOf(ports[next])}/sign-in` },
      }),
      clock,
      random,
    })
  return {
    revenue: open('revenue', 'social', {
      clientId: 'revenue-department',
      auth: oidc.PrivateKeyJwt({ key: keys.signing.key, kid: keys.signing.kid }),
      scope: 'openid profile person_code person_kind',
      pushed: true,
    }),
    social: open('social', 'revenue', {
      clientId: 'social-security-office',
      auth: oidc.ClientSecretBasic(keys.secret),
      scope: 'openid profile',
      byConsent: 'latin_name',
      pushed: false,
    }),
  }
}
