export type Turn = <T>(work: () => Promise<T>) => Promise<T>

/** Work of one kind, so much of it at once; what comes later waits for its turn, in the order in which it came. */
export function openTurns(atOnce: number): Turn {
  const waiting: (() => void)[] = []
  let running = 0
  return async (work) => {
    if (running < atOnce) running++
    // Whoever is done hands their place on.
    else await new Promise<void>((go) => waiting.push(go))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}
