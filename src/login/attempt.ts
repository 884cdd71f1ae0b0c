import type { InteractionId, MethodId } from '../identity/identifiers.ts'
import type { Json } from '../identity/json.ts'
import type { Artifacts } from '../sessions/artifacts.ts'

// What is kept of a sign-in between two requests: the method that was chosen and its state, under the interaction's id,
// as long as an interaction lives. A method without state (a single form) costs no store at all.

const LIFE_SECONDS = 15 * 60

export interface Attempts {
  /** The state that `method` left in this interaction; null when it left none or another method was begun since. */
  state(interaction: InteractionId, method: MethodId): Promise<Json>
  /** `had`: what `state` answered in this request, so that nothing is removed where nothing was. */
  keep(interaction: InteractionId, method: MethodId, state: Json, had: Json): Promise<void>
  forget(interaction: InteractionId, had: Json): Promise<void>
}

/** `stateful`: the methods that ever keep something between requests; the others are not even asked for. */
export function openAttempts({
  artifacts,
  stateful,
}: {
  artifacts: Pick<Artifacts, 'put' | 'get' | 'remove'>
  stateful: readonly MethodId[]
}): Attempts {
  return {
    async state(interaction, method) {
      if (!stateful.includes(method)) return null
      const found = await artifacts.get('attempt', interaction)
      const kept = found?.value as { readonly method: MethodId; readonly state: Json } | undefined
      return kept?.method === method ? kept.state : null
    },
    async keep(interaction, method, state, had) {
      if (state !== null) await artifacts.put('attempt', interaction, { method, state }, LIFE_SECONDS)
      else if (had !== null) await artifacts.remove('attempt', interaction)
    },
    async forget(interaction, had) {
      if (had !== null) await artifacts.remove('attempt', interaction)
    },
  }
}
