import { type BrowserAgency, openBrowserAgency } from './browser-agency.ts'
import { type CardService, startCardService } from './card-service.ts'

// For stories of cards in a real browser: the service with cards, Chromium, and an agency to come from and go back to.

export interface CardAgency extends BrowserAgency {
  readonly world: CardService
}

export async function openCardAgency(): Promise<CardAgency> {
  const world = await startCardService()
  const agency = await openBrowserAgency(world.at)
  return {
    ...agency,
    world,
    async close() {
      await agency.close()
      await world.close()
    },
  }
}
