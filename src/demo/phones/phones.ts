import type { Words } from '../../identity/language.ts'

// The telephones of the demo's people: what rings on each, and what its holder answers. Knows no service: each service
// outside lets a telephone ring (`ring`), sends it messages (`receive`), and hangs its own switches beside it
// (`switches`), by which a person or a test tells it to do what a real one should never do.

export interface Owner {
  readonly scheme: string
  readonly code: string
  readonly given_name?: string
  readonly family_name?: string
  /** E.164 */
  readonly phone: string
}

/** Something on the screen that waits for its holder. */
export interface Ring {
  /** Which app or SIM asks. */
  readonly by: Words
  /** What it says: on whose behalf, for what. */
  readonly text?: string | undefined
  /** The verification number, to be compared with the one on the page. */
  readonly code?: string | undefined
  /** Where the holder picks the right one instead of comparing. */
  readonly codes?: readonly string[] | undefined
  /** Asked before it is confirmed, as a PIN is: any will do here. */
  readonly pin?: boolean | undefined
  /** Called once, with the picked number where there were `codes`; the ring is gone then. */
  answer(how: 'confirm' | 'refuse', picked?: string): void
}

export interface Message {
  readonly from: string
  readonly text: string
  /** Epoch milliseconds. */
  readonly at: number
}

/** What a service can be told to do with one telephone. The first option is the ordinary one. */
export interface Switch {
  /** In forms: `mobile-id`. */
  readonly id: string
  readonly label: Words
  readonly options: readonly { readonly id: string; readonly label: Words }[]
  get(phone: string): string
  /** Only ever called with one of the options. */
  set(phone: string, option: string): void
}

/** An app that its holder opens by themselves. */
export interface App {
  readonly id: string
  readonly label: Words
  /** Its page, for the telephone of this owner. */
  href(owner: Owner): string
}

export interface Telephone extends Owner {
  readonly rings: readonly (Ring & { readonly id: number })[]
  /** The newest first. */
  readonly messages: readonly Message[]
}

export interface Phones {
  readonly switches: readonly Switch[]
  readonly apps: readonly App[]
  all(): readonly Telephone[]
  /** With or without the plus. */
  find(phone: string): Telephone | undefined
  /** @returns what takes it off the screen unanswered. Nobody's number: it rings in the void. */
  ring(phone: string, ring: Ring): () => void
  receive(phone: string, message: Message): void
  /** False: nothing of that number rings there any more. */
  answer(phone: string, id: number, how: 'confirm' | 'refuse', picked?: string): boolean
  /** For services that open after the telephones. */
  hang(more: Switch): void
  install(app: App): void
}

const MESSAGES = 20

export function openPhones({ people }: { readonly people: readonly Owner[] }): Phones {
  const rings = new Map<string, (Ring & { readonly id: number })[]>()
  const messages = new Map<string, Message[]>()
  const switches: Switch[] = []
  const apps: App[] = []
  let last = 0

  const of = <Value>(map: Map<string, Value[]>, phone: string): Value[] => {
    const found = map.get(phone) ?? []
    map.set(phone, found)
    return found
  }
  const telephone = (owner: Owner): Telephone => ({
    ...owner,
    rings: of(rings, owner.phone),
    messages: of(messages, owner.phone),
  })
  const owned = (phone: string): Owner | undefined => people.find((one) => one.phone === `+${phone.replace(/^\+/, '')}`)

  function takeOff(phone: string, id: number): Ring | undefined {
    const there = rings.get(phone) ?? []
    rings.set(
      phone,
      there.filter((one) => one.id !== id),
    )
    return there.find((one) => one.id === id)
  }

  return {
    switches,
    apps,
    all: () => people.map(telephone),
    find(phone) {
      const owner = owned(phone)
      return owner && telephone(owner)
    },
    ring(phone, ring) {
      const id = ++last
      of(rings, phone).unshift({ ...ring, id })
      return () => void takeOff(phone, id)
    },
    receive(phone, message) {
      messages.set(phone, [message, ...of(messages, phone)].slice(0, MESSAGES))
    },
    answer(phone, id, how, picked) {
      const owner = owned(phone)
      const ring = owner && takeOff(owner.phone, id)
      ring?.answer(how, picked)
      return ring !== undefined
    },
    hang: (more) => void switches.push(more),
    install: (app) => void apps.push(app),
  }
}
