import { sign, verify, X509Certificate } from 'node:crypto'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { type Card, openCardAuthority } from '../../src/demo/cards/authority.ts'
import { openResponder } from '../../src/demo/cards/responder.ts'
import { makeToken } from '../../src/demo/cards/token.ts'
import { cardOrigin } from '../../src/oidc/localhost.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { systemRandom } from '../../src/platform/random.ts'
import { freePorts } from '../support/ports.ts'
import { authorize, byCode, openBrowser, openTarget, type Prove, redeem, request, send, userInfo } from './browser.ts'
import { type Options, turn, warm } from './compare.ts'
import { type Citizen, openGround } from './ground.ts'
import { round, type Stretch, summary } from './measure.ts'
import { table } from './report.ts'
import { leaveFirstCore, pinned, startPratu } from './server.ts'
import type { Work } from './work.ts'

// A sign-in with a card by Web eID beside one with a one-time code, turn by turn at the same Pratu. The card's issuer is
// asked every time, over HTTP, by a responder in this process; cards and their keys are in this process too.

const CARDS = 200
const TURN = 4
/** So often, when the signatures are measured by themselves. */
const SIGNATURES = 500
/** Seconds that it takes, more or less, until both ways are compiled as far as they will be. */
const WARMING = 20
/** Who comes again too soon waits for their next code, and a node that idles between sign-ins pays more for each. */
const CITIZENS_PER_SECOND = 500

export async function compareMethods({ seconds, concurrency, json, profile }: Omit<Options, 'kind'>): Promise<void> {
  await leaveFirstCore()
  await using stack = new AsyncDisposableStack()
  const ground = await openGround({ citizens: CITIZENS_PER_SECOND * Math.min(30, WARMING + seconds) })
  stack.defer(() => ground.close())
  const machine = { clock: systemClock, random: systemRandom }
  const holders = ground.citizens.slice(0, CARDS).map(({ code }) => ({
    scheme: 'TH',
    code,
    kind: 'citizen',
    given: 'SOMYING',
    family: 'TUAYANG',
  }))
  const authority = openCardAuthority(ground.folder, holders, machine)
  const [ocsp = 0] = await freePorts(1)
  const responder = openResponder({
    authority: authority.issuing,
    statusOf: (serial) => authority.statusOf(serial),
    port: ocsp,
    ...machine,
  })
  await responder.listen()
  stack.defer(() => responder.close())
  const issuers = join(ground.folder, 'issuers')
  authority.writeIssuers(issuers, responder.url())
  const settings = { ...ground.settings, PRATU_CARD_ISSUERS: issuers }
  const node = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]
  const pratu = await startPratu({ settings, port: ground.port, folder: ground.folder, node })
  stack.defer(() => pratu.stop())
  const target = await openTarget({ name: 'pratu', url: pratu.url, secret: ground.secret, concurrency })
  stack.defer(() => target.close())

  const cards = new Map(authority.cards.map((card) => [card.code, card]))
  const origin = cardOrigin(pratu.url)
  const byCard: Prove = (browser, page, { code }) => {
    const nonce = /data-nonce="([^"]+)"/.exec(page.text)?.[1]
    const { certificate, key } = cards.get(code)!
    if (nonce === undefined) throw new Error(`no nonce: ${page.status} ${page.text.slice(0, 2000)}`)
    return send(
      browser,
      page,
      `token=${encodeURIComponent(JSON.stringify(makeToken({ certificate, key, origin, nonce })))}`,
    )
  }
  let at = 0
  const work = (method: string, prove: Prove, people: readonly Citizen[]): Work => ({
    prepare: async () => {},
    async piece() {
      const browser = openBrowser(target)
      const asked = request()
      const chosen: Prove = async (on, page, citizen) => prove(on, await send(on, page, `method=${method}`), citizen)
      const person = people[at % people.length]!
      at += 1
      const code = await authorize(browser, asked, person, chosen)
      await userInfo(browser, await redeem(browser, code, asked))
    },
  })
  const byCards = work('smart-card', byCard, ground.citizens.slice(0, CARDS))
  const byCodes = work('totp', byCode, ground.citizens)
  const side = { served: [pratu], stores: ground, concurrency }
  await warm(byCards, side)
  await warm(byCodes, side)
  const [card, code]: [Stretch[], Stretch[]] = [[], []]
  for (let left = seconds; left > 0; left -= TURN) {
    const length = { seconds: Math.min(TURN, left) }
    card.push(await turn(byCards, { ...side, ...length }))
    code.push(await turn(byCodes, { ...side, ...length }))
  }
  const [cardSummary, codeSummary] = [summary(card, [pratu]), summary(code, [pratu])]
  const each = ({ node: used, done }: Stretch) => used / done
  const signatures = signaturesOf(authority.cards[0]!, authority.issuing.certificate)
  const result = {
    kind: 'sign-in',
    method: 'web-eid',
    machine: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}${pinned ? ', pinned' : ''}`,
    concurrency,
    /** Processor time of the Node process for one sign-in, by card and by code. */
    ratio: round(cardSummary.cpu_ms / codeSummary.cpu_ms, 3),
    ratio_by_turn: card.map((one, n) => round(each(one) / each(code[n]!), 3)),
    /** Of it a card's two signatures, in milliseconds in a loop that does nothing else. */
    signatures_ms: round(signatures, 3),
    /** What `ratio` would be if everything else about a card cost nothing. */
    ratio_of_signatures: round(1 + signatures / codeSummary.cpu_ms, 3),
    revocation_questions: responder.asked(),
    card: cardSummary,
    code: codeSummary,
  }
  if (json) return console.log(JSON.stringify(result))
  console.log(`sign-in by card beside one-time code, ${concurrency} at once, on ${result.machine}\n`)
  table(['card', 'code'], [cardSummary, codeSummary])
  console.log(`\nratio     ${result.ratio}   CPU of Node, card by code (by turn ${result.ratio_by_turn.join(' ')})`)
  console.log(
    `          ${result.ratio_of_signatures}   with a card's two signatures and nothing else (${result.signatures_ms} ms, in a loop)`,
  )
}

/** Processor milliseconds for the certificate's signature and the token's, as node:crypto checks them. */
function signaturesOf({ certificate, key }: Card, issuer: Buffer): number {
  const [card, authority] = [new X509Certificate(certificate), new X509Certificate(issuer).publicKey]
  const signed = Buffer.alloc(96, 1)
  const signature = sign('sha384', signed, key)
  const before = process.cpuUsage()
  for (let at = 0; at < SIGNATURES; at += 1)
    if (!card.verify(authority) || !verify('sha384', signed, card.publicKey, signature)) throw new Error('not signed')
  const { user, system } = process.cpuUsage(before)
  return (user + system) / SIGNATURES / 1000
}
