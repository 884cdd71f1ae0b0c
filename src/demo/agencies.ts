import * as oidc from 'openid-client'
import type { Words } from '../identity/language.ts'
import type { Clock } from '../platform/clock.ts'
import type { Random } from '../platform/random.ts'
import { type Agency, type AgencySettings, openAgency } from './agency.ts'
import type { AgencyKeys } from './agency-keys.ts'
import { type Appearance, agencyPages } from './agency-pages.ts'

// The two agencies of the demo, a line of difference each: how they prove themselves, whether they push requests, and what
// more they ask for when the citizen wants more: a name, by consent, or a surer sign-in.

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
    own: Pick<AgencySettings, 'clientId' | 'auth' | 'scope' | 'pushed' | 'more'>,
    more: Appearance['more'],
  ): Agency =>
    openAgency({
      settings: { ...own, issuer, origin: originOf(ports[id]), port: ports[id], cookie: `__Host-${id}` },
      pages: agencyPages({
        name: NAMES[id],
        look: id,
        more,
        other: { name: NAMES[next], href: `${originOf(ports[next])}/sign-in` },
      }),
      clock,
      random,
    })
  return {
    revenue: open(
      'revenue',
      'social',
      {
        clientId: 'revenue-department',
        auth: oidc.PrivateKeyJwt({ key: keys.signing.key, kid: keys.signing.kid }),
        scope: 'openid profile person_code person_kind',
        more: { acr_values: 'high' },
        pushed: true,
      },
      'surer',
    ),
    social: open(
      'social',
      'revenue',
      {
        clientId: 'social-security-office',
        auth: oidc.ClientSecretBasic(keys.secret),
        scope: 'openid profile',
        more: { scope: 'latin_name' },
        pushed: false,
      },
      'latin-name',
    ),
  }
}
