import { openAuditLog } from '../../src/audit/log.ts'
import { clientId, interactionId, type PersonKey, personKey, requestId } from '../../src/identity/identifiers.ts'
import type { Json } from '../../src/identity/json.ts'
import { openActivation } from '../../src/login/activation.ts'
import { openAttempts } from '../../src/login/attempt.ts'
import { openFirstStrong } from '../../src/login/first-strong.ts'
import { openFlow, type Visit } from '../../src/login/flow.ts'
import { openKnownBrowsers } from '../../src/login/known-browser.ts'
import { openSwitches } from '../../src/login/switches.ts'
import { type Factor, openThrottle } from '../../src/login/throttle.ts'
import { openCodeCards } from '../../src/methods/code-card/cards.ts'
import { openCodeCard } from '../../src/methods/code-card/method.ts'
import type { Guard } from '../../src/methods/guard.ts'
import { openSecondFactor } from '../../src/methods/second-factor.ts'
import { codeAt } from '../../src/methods/totp/code.ts'
import { openTotp } from '../../src/methods/totp/method.ts'
import { openCases } from '../../src/persons/cases.ts'
import { openCredentials } from '../../src/persons/credentials.ts'
import { blindIndex, sealDetails } from '../../src/persons/details.ts'
import type { PersonStatus } from '../../src/persons/kind-and-status.ts'
import type { Notice } from '../../src/persons/notices.ts'
import { openPersons } from '../../src/persons/person.ts'
import { openPinHashing } from '../../src/persons/pin-hash.ts'
import { openPins } from '../../src/persons/pins.ts'
import { type Db, rows } from '../../src/platform/db.ts'
import { testClock } from './clock.ts'
import { testIndexer, testKeys, testRandom, testSealer } from './keys.ts'

// Everything between a form and a signed-in person, on a real database, without HTTP.

export const OPERATOR = { kind: 'operator', name: 'anna' } as const
export const AGENCY = clientId('revenue')

/** Two of these on one database are two nodes; give each a seed of its own. */
export function signInWorld(db: Db, clock = testClock(), seed = 'world') {
  const random = testRandom(seed)
  const sealer = testSealer()
  const indexer = testIndexer()
  const audit = openAuditLog({ sealer: testSealer('audit-payload'), clock, random })
  const persons = openPersons({ sealer, indexer, audit, clock, random })
  const knownBrowsers = openKnownBrowsers({ keys: testKeys('known-browsers'), clock, random })
  const throttle = openThrottle({ db, indexer: testIndexer('throttle'), knownBrowsers, clock })
  const guardOf = (factor: Factor): Guard => ({
    spend: (attempt) => throttle.spend(factor, attempt),
    succeed: (tx, attempt) => throttle.succeed(tx, factor, attempt),
    giveBack: throttle.giveBack,
    success: (attempt) => throttle.success(factor, attempt),
  })
  const announced: Notice[] = []
  const tell = async (_db: Db, _person: PersonKey, notice: Notice) => void announced.push(notice)
  const credentials = openCredentials({
    sealer: testSealer('one-time-codes'),
    indexer: testIndexer('letters'),
    audit,
    clock,
    random,
    persons,
    lift: throttle.lift,
    tell,
  })
  const schemes = ['TH', 'EE']
  const pins = openPins({
    // A hundredth of what it costs in service.
    hashing: openPinHashing({ peppers: testKeys('pins'), random, cost: { memoryKib: 64, passes: 1, lanes: 1 } }),
    audit,
    clock,
    random,
    lift: (tx, person) => throttle.lift(tx, 'pin', person),
    tell,
  })
  const secondFactor = openSecondFactor({ db, pins, persons, guard: guardOf('pin'), clock })
  const methods = [openTotp({ db, credentials, guard: guardOf('totp'), secondFactor, clock, schemes })]
  const codeCards = openCodeCards({ credentials, indexer: testIndexer('one-time-codes'), audit, tell, clock, random })
  const codeCard = openCodeCard({
    db,
    cards: codeCards,
    guard: guardOf('code-card'),
    secondFactor,
    knows: (browser, person) => knownBrowsers.read(browser, person) !== undefined,
    clock,
    schemes,
  })
  const { artifacts, asked: storeAsked } = countedStore()
  const attempts = openAttempts({ artifacts, stateful: ['totp', 'code-card'] })
  const switches = openSwitches({ db, audit, clock })
  const firstStrong = openFirstStrong({ persons, credentials })
  const notices = { tell, parts: () => [] }
  const flow = openFlow({ db, methods, persons, attempts, knownBrowsers, switches, firstStrong, notices, audit, clock })
  const activation = openActivation({ db, persons, credentials, guard: guardOf('letter'), audit, schemes })

  let requests = 0
  const visit = (more: Partial<Visit> = {}): Visit => ({
    interaction: interactionId('interaction'),
    client: AGENCY,
    request: requestId(`${seed}-${++requests}`),
    source: '192.0.2.1',
    language: 'en',
    towards: { th: 'กรมสรรพากร', en: 'Revenue Department', et: 'Maksuamet' },
    address: 'https://pratu.example/login/interaction',
    need: 'low',
    ...more,
  })

  async function addPerson(code: string, status: PersonStatus = 'active', scheme = 'TH'): Promise<PersonKey> {
    const key = personKey(random.uuid())
    const details = { identifiers: [{ scheme, code }], names: { given: 'สมหญิง', family: 'ตัวอย่างดี' } }
    await rows(db, "insert into person (key, kind, status, details, changed_at) values (?, 'citizen', ?, ?, ?)", [
      key,
      status,
      sealDetails(sealer, key, details),
      new Date(clock.now()),
    ])
    await rows(db, 'insert into person_identifier (blind, scheme, person) values (?, ?, ?)', [
      blindIndex(indexer, scheme, code),
      scheme,
      key,
    ])
    return key
  }

  return {
    db,
    clock,
    random,
    audit,
    notices,
    cases: openCases({ sealer, audit, clock, random }),
    persons,
    knownBrowsers,
    switches,
    throttle,
    credentials,
    pins,
    codeCards,
    /** The sign-in of a country that gives out cards. */
    withCards: openFlow({
      db,
      methods: [...methods, codeCard],
      persons,
      attempts,
      knownBrowsers,
      switches,
      firstStrong,
      notices,
      audit,
      clock,
    }),
    firstStrong,
    secondFactor,
    guardOf,
    /** What was told on other channels. */
    announced,
    /** How often the sessions store was asked for anything. */
    storeAsked,
    methods,
    attempts,
    flow,
    activation,
    visit,
    addPerson,
    /** A person who has an app. */
    async addEnrolled(code: string, status: PersonStatus = 'active') {
      const person = await addPerson(code, status)
      const { secret } = await credentials.enrolTotp(db, person, OPERATOR)
      return { person, secret, code: () => codeAt(secret, clock.now()).code }
    },
    submit: (person_code: string, code: string, more: Partial<Visit> = {}) =>
      flow.submit(visit(more), 'totp', { person_code, code }),
    wrong: (secret: Buffer) => wrongCode(secret, clock.now()),
    audited: (type: string) =>
      rows<{ person: string | null; client: string | null; request: string | null }>(
        db,
        'select person, client, request from audit_event where type = ? order by id',
        [type],
      ),
  }
}

/** What is kept of sign-ins, through JSON as everywhere. */
function countedStore() {
  const kept = new Map<string, string>()
  let asked = 0
  return {
    asked: () => asked,
    artifacts: {
      async put(_kind: string, id: string, value: Json) {
        asked++
        kept.set(id, JSON.stringify(value))
      },
      async get(_kind: string, id: string) {
        asked++
        const text = kept.get(id)
        return text === undefined ? undefined : { value: JSON.parse(text) as Json }
      },
      async remove(_kind: string, id: string) {
        asked++
        kept.delete(id)
      },
    },
  }
}

export type SignInWorld = ReturnType<typeof signInWorld>

/** Six digits that no step near `now` has. */
export function wrongCode(secret: Buffer, now: number): string {
  const near = [-60_000, -30_000, 0, 30_000, 60_000].map((offset) => codeAt(secret, now + offset).code)
  for (let guess = 0; ; guess++) {
    const code = String(guess).padStart(6, '0')
    if (!near.includes(code)) return code
  }
}

/** Thai codes with the right check digit, each different. */
export function thaiCode(n: number): string {
  const body = `19999${String(n).padStart(7, '0')}`
  const sum = Array.from(body).reduce((total, digit, index) => total + Number(digit) * (13 - index), 0)
  return body + String((11 - (sum % 11)) % 10)
}
