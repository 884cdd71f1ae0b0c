import { createTransport } from 'nodemailer'

// The one way out for e-mail (SMTP, RFC 5321): to the server that the operator named and to no other. Says of each message
// whether the server has it, will never take it, or could not just now; who is written to and what is others' to know.

export interface Mail {
  /** The same over all tries: a server or reader that looks at it takes a repetition for what it is. */
  readonly id: string
  readonly to: string
  readonly subject: string
  readonly text: string
}

export type MailSent = 'sent' | 'refused' | 'failed'

export interface Smtp {
  send(mail: Mail): Promise<MailSent>
  close(): void
}

export interface SmtpSettings {
  /** `smtps://user:password@host:port`, or `smtp://…`, which is lifted to TLS (STARTTLS) unless the host is this machine. */
  readonly url: string
  readonly from: string
}

const TIMEOUT = 10_000
const CONNECTIONS = 4

export const isLoopback = (host: string): boolean => /^(localhost|127(\.\d+){3}|\[?::1\]?)$/.test(host)

export function openSmtp({ url, from }: SmtpSettings): Smtp {
  const { protocol, hostname, port, username, password } = new URL(url)
  const secure = protocol === 'smtps:'
  const here = isLoopback(hostname)
  const host = hostname.replaceAll(/^\[|\]$/g, '')
  const transport = createTransport({
    host,
    port: port === '' ? (secure ? 465 : 587) : Number(port),
    secure,
    ...(here ? { ignoreTLS: !secure } : { requireTLS: !secure }),
    tls: { minVersion: 'TLSv1.2', servername: host },
    ...(username !== '' && { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    pool: true,
    maxConnections: CONNECTIONS,
    connectionTimeout: TIMEOUT,
    greetingTimeout: TIMEOUT,
    socketTimeout: TIMEOUT,
    // A message is text that we wrote: nothing is read in from files or addresses.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const domain = from.slice(from.lastIndexOf('@') + 1).replace(/>$/, '')
  return {
    async send({ id, to, subject, text }) {
      try {
        await transport.sendMail({
          from,
          to: { name: '', address: to },
          subject,
          text,
          messageId: `<${id}@${domain}>`,
          // RFC 3834: no holiday notice answers it.
          headers: { 'Auto-Submitted': 'auto-generated' },
        })
        return 'sent'
      } catch (error) {
        const { code, responseCode } = error as { code?: unknown; responseCode?: unknown }
        // The receiver's own mailbox says no for good; all else (no way there, a wrong password) may be mended.
        const never =
          (code === 'EENVELOPE' || code === 'EMESSAGE') && typeof responseCode === 'number' && responseCode >= 500
        return never ? 'refused' : 'failed'
      }
    },
    close: () => transport.close(),
  }
}
