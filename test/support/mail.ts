import { type Mail, type Mailbox, openMailbox } from '../../src/demo/mailbox/box.ts'
import { type Options, startService, type TestService } from './service.ts'

// The whole service with a mailbox beside it: the demo's own server, which speaks SMTP.

export interface MailService {
  readonly at: TestService
  readonly box: Mailbox
  /** The next e-mail to this address with this in its subject that nobody has asked for here yet. */
  next(to: string, like?: RegExp): Promise<Mail>
  /** So many came to it, asked for or not. */
  came(to: string): number
  close(): Promise<void>
}

/** The link by which the reader says that it was not them: its path. */
export const linkIn = ({ text }: Mail): string => /\/n\/[\w-]{22}\b/.exec(text)![0]

export async function startMailService(options: Options = {}): Promise<MailService> {
  const waiting: (() => void)[] = []
  const taken = new Set<string>()
  const box = await openMailbox({
    clock: { now: () => Date.now() },
    heard: () => {
      for (const wake of waiting.splice(0)) wake()
    },
  })
  const { url, from } = box.settings
  const settings = { PRATU_SMTP_URL: url, PRATU_MAIL_FROM: from, ...options.settings }
  const at = await startService({ ...options, settings })
  return {
    at,
    box,
    async next(to, like = /./) {
      for (;;) {
        const found = box.all().findLast((one) => one.to === to && like.test(one.subject) && !taken.has(one.id))
        if (found) {
          taken.add(found.id)
          return found
        }
        await new Promise<void>((resolve) => waiting.push(resolve))
      }
    },
    came: (to) => box.all().filter((one) => one.to === to).length,
    async close() {
      await at.close()
      await box.close()
    },
  }
}
