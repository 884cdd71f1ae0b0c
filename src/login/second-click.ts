import type { InteractionId } from '../identity/identifiers.ts'
import type { Json } from '../identity/json.ts'
import type { Method, MethodInput, Refusal, Step } from '../methods/method.ts'
import { pause } from '../platform/clock.ts'
import type { Attempts } from './attempt.ts'

// A button pressed twice: the second click is told that the phone is being asked already, and by whom but by the first. Its own
// sign-in may have yet to keep what it has begun, on another node, so that is looked for a few times. Price: whose phone is
// asked from another browser learns it a good second later.

export interface SecondClicks {
  /** @returns where the first click's work stands, with the state that was kept; undefined where there was none. */
  first(
    interaction: InteractionId,
    method: Method,
    step: Step,
    input: MethodInput,
  ): Promise<{ readonly step: Step; readonly state: Json } | undefined>
  /** How many look just now. */
  waiting(): number
}

/** Milliseconds from one look to the next. */
const LOOKS = [20, 40, 80, 160, 320, 640]
/** So many look again at once: a crowd that asks for a phone which rings must not fill the node. All others look once. */
const MOST = 64

export function openSecondClicks(attempts: Pick<Attempts, 'state'>): SecondClicks {
  let waiting = 0

  async function look(interaction: InteractionId, method: Method, input: MethodInput) {
    const state = await attempts.state(interaction, method.id)
    const step = state === null ? undefined : method.begun?.(state, input)
    return step && { step, state }
  }

  return {
    async first(interaction, method, step, input) {
      if (!method.begun || step.step !== 'ask' || step.state !== null || !isBusy(step.trouble)) return undefined
      const found = await look(interaction, method, input)
      if (found || waiting >= MOST) return found
      waiting += 1
      try {
        for (const wait of LOOKS) {
          await pause(wait)
          const later = await look(interaction, method, input)
          if (later) return later
        }
        return undefined
      } finally {
        waiting -= 1
      }
    },
    waiting: () => waiting,
  }
}

/** A phone that rings already, or was sent a message just now. */
const isBusy = (trouble: Refusal | undefined): boolean => trouble?.code === 'PRT-2402' || trouble?.code === 'PRT-1903'
