import type { TroubleInput } from '../../views/login/trouble.ts'
import { TROUBLE, type TroubleCode } from '../identity/trouble.ts'
import { ME } from './portal/relying-party.ts'

// A page of trouble whose agency nobody knows (another browser, a day later, an address typed by hand) must not be a wall: who
// perhaps is signed in sees on their own page where; who isn't begins at the front of the house.

/** What is over, or could not be ended: the person's own page says what is still open. */
const OVER: readonly TroubleCode[] = ['PRT-1001', 'PRT-1401']

/**
 * None where the page says to wait or to come again (429, 503, a fault of ours), nor under a name that isn't ours (421):
 * a way of ours would lead to the same.
 */
export function wayOn(code: TroubleCode): Pick<TroubleInput, 'own' | 'front'> {
  const { status } = TROUBLE[code]
  if (status >= 500 || status === 429 || status === 421) return {}
  return OVER.includes(code) ? { own: ME } : { front: '/' }
}
