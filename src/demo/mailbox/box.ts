import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import type { Clock } from '../../platform/clock.ts'
import { type Message, readMessage } from './message.ts'

// Where e-mails to invented people end: a server that speaks SMTP, so that what the service sends travels as it would. It
// takes what comes to any address, save where it is told how else to answer.

export interface Mail extends Message {
  /** Epoch milliseconds. */
  readonly at: number
}

export interface Mailbox {
  /** What the service must know of it. */
  readonly settings: { readonly url: string; readonly from: string }
  /** The newest first. */
  all(): readonly Mail[]
  /** From now on to that address: `refused` for good, or `down` for a while. */
  answer(address: string, how: 'take' | 'refused' | 'down'): void
  close(): Promise<void>
}

export interface Needs {
  readonly clock: Clock
  /** One that the system chooses unless said. */
  readonly port?: number
  /** Told of each that came. */
  heard?(mail: Mail): void
}

const KEPT = 200
const ANSWERS = { refused: [550, 'no such mailbox'], down: [451, 'try again later'] } as const

/** Listens when it resolves. */
export async function openMailbox({ clock, port = 0, heard }: Needs): Promise<Mailbox> {
  const received: Mail[] = []
  const seen = new Set<string>()
  const answers = new Map<string, keyof typeof ANSWERS>()
  const server = new SMTPServer({
    // On this machine alone: nobody is asked who they are, and nothing needs to be hidden on the way.
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    onRcptTo({ address }, _session, done) {
      const how = answers.get(address.toLowerCase())
      if (!how) return done()
      const [responseCode, words] = ANSWERS[how]
      done(Object.assign(new Error(words), { responseCode }))
    },
    onData(stream, _session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const mail = { ...readMessage(Buffer.concat(chunks)), at: clock.now() }
        done()
        if (seen.has(mail.id)) return
        seen.add(mail.id)
        received.unshift(mail)
        for (const old of received.splice(KEPT)) seen.delete(old.id)
        heard?.(mail)
      })
    },
  })
  server.on('error', () => {}) // a broken connection is nobody's news
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve())
  })
  const { port: at } = server.server.address() as AddressInfo
  return {
    settings: { url: `smtp://127.0.0.1:${at}`, from: 'door@pratu.example' },
    all: () => received,
    answer(address, how) {
      if (how === 'take') answers.delete(address.toLowerCase())
      else answers.set(address.toLowerCase(), how)
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
