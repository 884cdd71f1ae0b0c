import { parseMailAddress } from '../identity/mail-address.ts'
import { type Kind, url } from '../platform/settings.ts'
import type { SmtpSettings } from '../platform/smtp.ts'

// The settings of e-mails to people, and what they mean together.

const sender: Kind<string> = {
  called: 'an e-mail address (door@example.org)',
  read(value) {
    const address = parseMailAddress(value)
    if (address === undefined) throw new Error('must be an e-mail address such as door@example.org')
    return address
  },
}

export const MAIL_SETTINGS = {
  smtpUrl: {
    kind: url('smtps', 'smtp'),
    says: 'The server that takes e-mails to people: smtps://user:password@host, or smtp://, which is lifted to TLS unless it is this machine.',
    absent: 'no e-mails, and nobody is asked for an address',
    secret: true,
  },
  mailFrom: {
    kind: sender,
    says: 'The address that e-mails to people come from.',
    absent: 'demanded where there is a server',
  },
} as const

interface Values {
  readonly smtpUrl: string | undefined
  readonly mailFrom: string | undefined
}

/** @returns no `mail` where there is to be none; `mistakes`: one sentence each. */
export function readMail(config: Values): { readonly mail?: SmtpSettings; readonly mistakes: readonly string[] } {
  const { smtpUrl, mailFrom } = config
  if (smtpUrl === undefined && mailFrom === undefined) return { mistakes: [] }
  if (smtpUrl === undefined || mailFrom === undefined)
    return { mistakes: ['PRATU_SMTP_URL and PRATU_MAIL_FROM belong together'] }
  return { mail: { url: smtpUrl, from: mailFrom }, mistakes: [] }
}
