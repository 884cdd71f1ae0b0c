import type { NotDecided, OperatorActor, OperatorRequest, Requests } from '../operators/requests.ts'
import { type Db, transaction } from '../platform/db.ts'
import { CommandRefused } from './opened.ts'

// An act of weight on the command line: what it is in words for whoever allows it, and what is done then.

export interface AllowOptions {
  readonly out: string
  readonly json?: true
}

/** What every act needs to be allowed. */
export interface AllowParts {
  readonly db: Db
  readonly requests: Pick<Requests, 'approve' | 'use'>
  readonly actor: OperatorActor
}

export interface Act<Parts> {
  says(request: OperatorRequest): string
  /** The approval too: it stands or falls with what it allows. */
  carryOut(parts: Parts, id: string, options: AllowOptions, print: (line: string) => void): Promise<void>
}

export const WHY_NOT: Readonly<Record<NotDecided, string>> = {
  unknown: 'There is no such request. See: pratu requests list',
  decided: 'This request was decided before.',
  expired: 'This request is older than a day: it is asked for anew.',
  own: 'Nobody allows what they asked for themselves: another operator must, with a key of their own.',
  changed:
    'This request is not what its operator signed, or they are an operator no longer: somebody changed it. Refuse it, keep the database as it is, and call the auditor.',
  role: 'This request is for operators of another role to allow.',
}

/** @throws CommandRefused saying why not. */
export function decided(outcome: Awaited<ReturnType<Requests['approve']>>): { readonly request: OperatorRequest } {
  if (!outcome.ok) throw new CommandRefused(WHY_NOT[outcome.because])
  return outcome
}

/** The approval and what it allows, in one transaction: together, or nothing of it. */
export const allowed = <T>(
  { db, requests, actor }: AllowParts,
  id: string,
  work: (tx: Db, request: OperatorRequest) => Promise<T>,
): Promise<T> =>
  transaction(db, async (tx) => {
    const { request } = decided(await requests.approve(tx, id, actor))
    if (!(await requests.use(tx, request))) throw new CommandRefused(WHY_NOT.changed)
    return work(tx, request)
  })
