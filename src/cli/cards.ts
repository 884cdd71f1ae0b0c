import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { type Certificate, readCertificate } from '../formats/certificate.ts'
import { displayPersonId } from '../identity/person-id.ts'
import type { CardKeys } from '../methods/certificates/card-keys.ts'
import { issuerOf } from '../methods/certificates/issuers.ts'
import type { Issuer } from '../methods/certificates/trust.ts'
import { CARD_REFUSALS, CHECKS } from '../methods/certificates/verdict.ts'
import {
  openValidation,
  type Step,
  type Needs as ValidationNeeds,
  type Verdict,
} from '../methods/smart-card/validation.ts'
import type { Clock } from '../platform/clock.ts'
import { CommandRefused } from './opened.ts'

/** What an opened service's configuration hands over: the same issuers, blocks and revocation services. */
export interface CardParts {
  readonly issuers: readonly Issuer[]
  readonly production: boolean
  /** The origin that the service's cards sign. */
  readonly origin: string
  /** Hosts in private networks that certificates may name as their revocation service. */
  readonly allow: readonly string[]
  readonly blocks: ValidationNeeds['blocks']
  /** None with --ca: only the service's database knows which keys have come with whose cards. */
  readonly cardKeys: Pick<CardKeys, 'wouldBeSole'> | undefined
  close(): Promise<void>
}

export interface Needs {
  /** @throws CommandRefused where no issuers are configured. Not called with --ca. */
  open(): Promise<CardParts>
  /** The revocation services of these issuers; asked now, whatever moment the rest is judged by. */
  revocation(parts: Pick<CardParts, 'issuers' | 'allow'>): ValidationNeeds['revocation'] & { close(): Promise<void> }
  readonly clock: Clock
  readonly print: (line: string) => void
}

interface Wish {
  readonly origin?: string
  readonly nonce?: string
  readonly at?: number
  readonly ca?: readonly string[]
  /** commander's name for --no-revocation. */
  readonly revocation: boolean
  readonly json?: true
}

// `pratu cards check`: the validation of the sign-in, run on a saved token or certificate, each step with its verdict. For
// the help desk, and for whoever writes a test. Prints no names; the number alone, because that is what is asked for.
export function addCardCommands(program: Command, { open, revocation, clock, print }: Needs): void {
  const cards =
    program.commands.find((command) => command.name() === 'cards') ??
    program.command('cards').description('Smart cards: blocks of batches, and why a card is refused')

  cards
    .command('check')
    .argument('<file>', 'a Web eID token (JSON) or a certificate (PEM or DER)')
    .option('--origin <address>', "of the page that asked; absent: this service's")
    .option('--nonce <text>', 'that was to be signed; a token needs it')
    .option('--at <time>', 'the moment to judge by (2026-01-31T12:00:00Z); absent: now', moment)
    .option(
      '--ca <file...>',
      'trust these CA certificates instead of the configured issuers; needs no database or keys',
    )
    .option('--no-revocation', 'without asking whether the card was revoked')
    .option('--json', 'one line: {"accepted":…,"code":…,"person":…}')
    .description('Say why a card may sign in, or why not (exit code 1)')
    .action(async (file: string, wish: Wish) => {
      const given = read(file)
      const origin = wish.origin && originOf(wish.origin)
      if (given.token !== undefined && wish.nonce === undefined) throw new CommandRefused('A token needs --nonce.')
      if (given.token !== undefined && wish.ca && !origin) throw new CommandRefused('With --ca a token needs --origin.')
      const parts = wish.ca ? fromFiles(wish.ca) : await open()
      const at = wish.at === undefined ? clock : fixed(wish.at)
      const asking = wish.revocation ? revocation(parts) : undefined
      try {
        const steps: Step[] = []
        const validation = openValidation({
          ...parts,
          keys: parts.cardKeys && { sole: parts.cardKeys.wouldBeSole },
          revocation: asking ?? { check: async () => ({ good: true, evidence: 'not asked (--no-revocation)' }) },
          clock: at,
        })
        const verdict =
          given.token === undefined
            ? await validation.certificate(given.certificate, (step) => steps.push(step))
            : await validation.token(given.token, { origin: origin ?? parts.origin, nonce: wish.nonce ?? '' }, (step) =>
                steps.push(step),
              )
        for (const line of wish.json ? [asJson(verdict)] : inWords(verdict, steps, parts)) print(line)
        if (!verdict.ok) process.exitCode = 1
      } finally {
        await asking?.close()
        await parts.close()
      }
    })
}

type Given = { readonly token: string } | { readonly token?: undefined; readonly certificate: Certificate }

function read(file: string): Given {
  const bytes = readFileSync(file)
  if (/^\s*\{/.test(bytes.toString('latin1', 0, 100))) return { token: bytes.toString('utf8').trim() }
  const certificate = readCertificate(bytes)
  if (!certificate) throw new CommandRefused(`${file} is neither a token (JSON) nor one certificate (PEM or DER).`)
  return { certificate }
}

/** Every CA of the files is an issuer; whatever is above it among them is checked too. */
function fromFiles(files: readonly string[]): CardParts {
  const all = files.map((file) => {
    const certificate = readCertificate(readFileSync(file))
    if (!certificate) throw new CommandRefused(`${file} is not one certificate (PEM or DER).`)
    return certificate
  })
  const above = (ca: Certificate) =>
    all.filter((other) => other !== ca && other.subjectDer.equals(ca.issuerDer) && !ca.subjectDer.equals(ca.issuerDer))
  const issuers = all.map((ca) => issuerOf(ca, above(ca).slice(0, 1)))
  const blocks = { blocking: () => undefined }
  return {
    issuers,
    production: false,
    origin: '',
    allow: [],
    blocks,
    cardKeys: undefined,
    close: async () => undefined,
  }
}

function inWords(verdict: Verdict, steps: readonly Step[], { cardKeys }: CardParts): string[] {
  const lines = steps.map(({ check, passed, says }) => `${passed ? 'passed ' : 'REFUSED'}  ${check.padEnd(11)} ${says}`)
  const last = steps.findLast(({ passed }) => !passed)?.check
  const untaken = last ? CHECKS.slice(CHECKS.indexOf(last) + 1) : []
  return [
    ...lines,
    ...(untaken.length > 0 ? [`not looked at: ${untaken.join(', ')}`] : []),
    ...(cardKeys ? [] : ["not looked at: whether its key has come with somebody else's card; without --ca it is"]),
    '',
    verdict.ok
      ? `Accepted: ${person(verdict)}, assurance ${verdict.issuer.assurance}, by the issuer ${verdict.issuer.id}.`
      : `Refused: ${verdict.code}. The page shows ${CARD_REFUSALS[verdict.code].trouble}; \`pratu explain\` has its words.`,
  ]
}

const asJson = (verdict: Verdict): string =>
  JSON.stringify(
    verdict.ok
      ? { accepted: true, code: null, person: numbers(verdict) }
      : { accepted: false, code: verdict.code, person: null },
  )

type Accepted = Extract<Verdict, { ok: true }>

/** `EE-38001085718`; several where the number fits several schemes. */
const numbers = ({ holder }: Accepted): string =>
  holder.candidates.map(({ scheme, code }) => `${scheme}-${code}`).join(' ')
const person = ({ holder }: Accepted): string =>
  holder.candidates.map(({ scheme, code }) => `${scheme} ${displayPersonId(scheme, code)}`).join(' or ')

const fixed = (at: number): Clock => ({ now: () => at })

function moment(text: string): number {
  const at = /^\d{4}-\d{2}-\d{2}(T|$)/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(at)) throw new CommandRefused(`--at ${text}: a time such as 2026-01-31T12:00:00Z.`)
  return at
}

function originOf(text: string): string {
  if (URL.parse(text)?.origin !== text) throw new CommandRefused('--origin is scheme and host only: https://id.example')
  return text
}
