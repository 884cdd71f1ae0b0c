import { payloadBinding as auditBinding } from './audit/log.ts'
import { shownBinding } from './audit/own-history.ts'
import { personKey } from './identity/identifiers.ts'
import { payloadBinding as jobBinding } from './jobs/queue.ts'
import { nameBinding } from './methods/passkey/passkeys.ts'
import { recordBinding } from './operators/register.ts'
import { requestBinding } from './operators/requests.ts'
import { caseBinding } from './persons/cases.ts'
import { secretBinding } from './persons/credentials.ts'
import { detailsBinding, formerBinding } from './persons/details.ts'
import { addressBinding } from './persons/mail-addresses.ts'
import { aboutBinding } from './persons/own-links.ts'
import { reasonBinding } from './persons/person.ts'
import type { SealedCells } from './secrets/reseal.ts'
import { uidBinding } from './sessions/live.ts'
import { privateBinding } from './signing/database-vault.ts'

// Every column of the database whose cells are sealed, and what each is bound to: what is sealed anew when a key changes.
// Whoever adds a sealed column adds its line; a test compares the list with the tables.

const text = (value: unknown): string => String(value)

export const SEALED_CELLS: readonly SealedCells[] = [
  {
    secret: 'personal-data',
    table: 'person',
    column: 'details',
    key: [['key', 'uuid']],
    bound: ({ key }) => detailsBinding(personKey(text(key))),
  },
  {
    secret: 'personal-data',
    table: 'person_history',
    column: 'details',
    key: [
      ['person', 'uuid'],
      ['version', 'integer'],
    ],
    more: ['bound_here'],
    bound: ({ person, version, bound_here: boundHere }) =>
      boundHere === true
        ? formerBinding(personKey(text(person)), Number(version))
        : detailsBinding(personKey(text(person))),
  },
  {
    secret: 'personal-data',
    table: 'person_history',
    column: 'reason',
    key: [
      ['person', 'uuid'],
      ['version', 'integer'],
    ],
    bound: ({ person, version }) => reasonBinding(personKey(text(person)), Number(version)),
  },
  {
    secret: 'personal-data',
    table: 'credential',
    column: 'secret',
    key: [['id', 'uuid']],
    bound: ({ id }) => secretBinding(text(id)),
  },
  {
    secret: 'personal-data',
    table: 'passkey',
    column: 'name',
    key: [['id', 'bytea']],
    bound: ({ id }) => nameBinding(id as Buffer),
  },
  {
    secret: 'personal-data',
    table: 'operator_request',
    column: 'reason',
    key: [['id', 'bigint']],
    bound: ({ id }) => requestBinding(text(id), 'reason'),
  },
  {
    secret: 'personal-data',
    table: 'operator_request',
    column: 'act',
    key: [['id', 'bigint']],
    bound: ({ id }) => requestBinding(text(id), 'act'),
  },
  {
    secret: 'personal-data',
    table: 'mail_address',
    column: 'address',
    key: [['id', 'uuid']],
    bound: ({ id }) => addressBinding(text(id)),
  },
  {
    secret: 'personal-data',
    table: 'own_case',
    column: 'about',
    key: [['id', 'uuid']],
    bound: ({ id }) => caseBinding(text(id), 'about'),
  },
  {
    secret: 'personal-data',
    table: 'own_case',
    column: 'outcome',
    key: [['id', 'uuid']],
    bound: ({ id }) => caseBinding(text(id), 'outcome'),
  },
  {
    secret: 'personal-data',
    table: 'own_link',
    column: 'about',
    key: [['hash', 'bytea']],
    bound: ({ hash }) => aboutBinding(hash as Buffer),
  },
  {
    secret: 'personal-data',
    table: 'job',
    column: 'payload',
    key: [['id', 'uuid']],
    bound: ({ id }) => jobBinding(text(id)),
  },
  {
    secret: 'audit-payload',
    table: 'audit_event',
    column: 'payload',
    key: [['id', 'bigint']],
    more: ['event'],
    bound: ({ event }) => auditBinding(text(event)),
  },
  {
    secret: 'audit-payload',
    table: 'own_history',
    column: 'detail',
    key: [
      ['person', 'uuid'],
      ['at', 'timestamptz'],
      ['event', 'uuid'],
    ],
    bound: ({ event }) => shownBinding(text(event)),
  },
  {
    secret: 'audit-payload',
    table: 'operator',
    column: 'record',
    key: [['key', 'text']],
    bound: ({ key }) => recordBinding(text(key)),
  },
  {
    secret: 'sessions',
    table: 'live_session',
    column: 'uid',
    key: [['ref', 'uuid']],
    bound: ({ ref }) => uidBinding(text(ref)),
  },
  {
    secret: 'signing-keys',
    table: 'signing_private',
    column: 'sealed',
    key: [['kid', 'text']],
    bound: ({ kid }) => privateBinding(text(kid)),
  },
]
