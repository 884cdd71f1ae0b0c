import { randomBytes } from 'node:crypto'
import { openOutside } from '../../src/demo/outside.ts'
import { type Message, type Owner, openPhones } from '../../src/demo/phones/phones.ts'
import { openSmsBox, type SmsBox } from '../../src/demo/sms-box/box.ts'
import { smsBoxRoutes } from '../../src/demo/sms-box/routes.ts'
import { transaction } from '../../src/platform/db.ts'
import type { Route } from '../../src/web/router.ts'
import { type Citizen, type Options, PEOPLE, startService, type TestService } from './service.ts'

// The whole service with a gateway of text messages beside it: the demo's own, which believes only what is signed.

const OPERATOR = { kind: 'operator', name: 'test' } as const

export interface SmsService {
  readonly at: TestService
  readonly box: SmsBox
  /** Whose telephone it is by the service's knowledge; the first two of the citizens have one. */
  phoneOf(citizen: Citizen): string
  enrol(citizen: Citizen, number: string): Promise<void>
  /** The next message to this number that is like this (a code, unless said) and that nobody has asked for here yet. */
  next(number: string, like?: RegExp): Promise<string>
  /** So many came to it, asked for or not. */
  came(number: string): number
  /** What the gateway does with this number: `arrive`, `refused`, `down`. */
  behave(number: string, how: string): void
  /** A further node. */
  beside(): Promise<TestService>
  close(): Promise<void>
}

export const codeIn = (text: string): string => /(?<!\d)\d{6}(?!\d)/.exec(text)![0]

export async function startSmsService(options: Options = {}, more: readonly Route[] = []): Promise<SmsService> {
  const people: Owner[] = PEOPLE.map(({ scheme, code }, n) => ({ scheme, code, phone: `+6681000000${n + 1}` }))
  const phones = openPhones({ people })
  const messages = new Map<string, Message[]>()
  const taken = new Map<string, number>()
  const waiting: (() => void)[] = []
  const heard = {
    ...phones,
    receive(phone: string, message: Message) {
      messages.set(phone, [...(messages.get(phone) ?? []), message])
      for (const wake of waiting.splice(0)) wake()
    },
  }
  const secret = randomBytes(32)
  // The test's clock stands in the place of the machine's.
  const box = openSmsBox({ secret, phones: heard, clock: { now: () => Date.now() } })
  const outside = openOutside({ port: 0, routes: [...smsBoxRoutes({ box }), ...more] })
  await outside.listen()
  const settings = {
    PRATU_SMS_GATEWAY: `${outside.origin()}/sms/messages`,
    PRATU_SMS_GATEWAY_SECRET: `whsec_${secret.toString('base64')}`,
    PRATU_SMS_PREFIXES: '+66,+372',
    ...options.settings,
  }
  const at = await startService({ ...options, settings })
  const { db, credentials } = at.service.parts
  const enrol = async ({ key }: Citizen, number: string) => {
    const telephone = { person: key, method: 'sms-code', secret: Buffer.from(number) } as const
    await transaction(db, (tx) => credentials.enrol(tx, telephone, OPERATOR))
  }
  const phoneOf = (citizen: Citizen) => people.find(({ code }) => code === citizen.code)!.phone
  for (const citizen of at.citizens.slice(0, 2)) await enrol(citizen, phoneOf(citizen))
  const nodes: TestService[] = []
  return {
    at,
    box,
    phoneOf,
    enrol,
    async next(number, like = /#\d{6}$/) {
      for (;;) {
        const seen = taken.get(number) ?? 0
        const found = messages.get(number)?.[seen]
        if (!found) {
          await new Promise<void>((resolve) => waiting.push(resolve))
          continue
        }
        taken.set(number, seen + 1)
        if (like.test(found.text)) return found.text
      }
    },
    came: (number) => messages.get(number)?.length ?? 0,
    behave: (number, how) => phones.switches.find(({ id }) => id === 'sms')!.set(number, how),
    async beside() {
      const node = await startService({ ...options, settings, beside: at })
      nodes.push(node)
      return node
    },
    async close() {
      for (const node of nodes) await node.close()
      await at.close()
      await outside.close()
    },
  }
}
