import { AsyncLocalStorage } from 'node:async_hooks'
import { within } from './clock.ts'

// How long one request waits for stores that are slow, in all its questions together. Each question has its own limit;
// but a sign-in asks twenty of them, and a person whose page takes four seconds presses the button again. So a request
// that has met a few slow answers asks no more and becomes an honest 503. An answer is slow only when this process had
// its turns meanwhile: on a node that is itself too busy, what is under way shall end.

interface Request {
  slow: number
}

/** Ms after which an answer counts as slow. */
const SLOW = 150
/** So many slow answers, and the request asks no more. */
const MOST = 3
/** Ms for a question, less a share for every slow answer before it. */
const WHOLE = 700
const SHARE = 200

// Holds nothing itself: whose turn it is, as the stack would say it if calls didn't wait.
const requests = new AsyncLocalStorage<Request>()

/** Everything that `work` asks counts as one request. */
export const asOneRequest = <T>(work: () => T): T => requests.run({ slow: 0 }, work)

/** Whether this request has met so many slow answers: then it had better not begin what it may not be able to end. */
export const hasMetSlowness = (times = 1): boolean => (requests.getStore()?.slow ?? 0) >= times

/** Asks one question of a store. @throws late() when the answer, or this request's patience, is over. */
export async function ask<T>(limit: number, question: () => Promise<T>, late: () => Error): Promise<T> {
  const request = requests.getStore()
  if (!request) return limit === Number.POSITIVE_INFINITY ? question() : within(limit, question(), late)
  if (request.slow >= MOST) throw late()
  const most = Math.min(limit, WHOLE - SHARE * request.slow)
  // Several that were asked at once and wait for the same stall are one slow answer: a code is refused after two.
  const before = request.slow
  const tell = () => {
    if (request.slow === before) request.slow++
  }
  return within(most, question(), late, { after: SLOW, tell })
}
