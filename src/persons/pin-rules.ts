import type { Person } from './person.ts'

// Which PINs are refused: those that whoever guesses tries first. Half of all PINs that people choose freely come from
// some dozens of patterns, their own dates among them. Pure; the person is told which rule it was, for it is theirs.

export type PinFault =
  /** Not six to twelve digits. */
  | 'length'
  /** Repeats, runs, and the shapes that fingers draw on keys. */
  | 'simple'
  /** The birth date, or a part of a person code. */
  | 'personal'

const SHORTEST = 6
const LONGEST = 12

/** So many digits in a row of a person's own number give the PIN away. */
const SHARED = 5

/** Shapes on a keypad and the favourites that no rule below catches. */
const FAVOURITES = [
  '147258',
  '258369',
  '147896',
  '159753',
  '159357',
  '142536',
  '246810',
  '135790',
  '520131',
  '142857',
  '314159',
]

const ofForm = (pin: string): boolean => new RegExp(`^\\d{${SHORTEST},${LONGEST}}$`).test(pin)

/** @param pin digits 0–9, as `plainDigits` gives them. */
export function faultOf(
  pin: string,
  { birthDate, identifiers }: Pick<Person, 'birthDate' | 'identifiers'>,
): PinFault | undefined {
  if (!ofForm(pin)) return 'length'
  if (isSimple(pin)) return 'simple'
  const dates = birthDate === undefined ? [] : datesOf(birthDate)
  if (dates.some((date) => pin.includes(date))) return 'personal'
  const codes = identifiers.map(({ code }) => code.replace(/\D/g, ''))
  return codes.some((code) => share(pin, code) || share(pin, backwards(code))) ? 'personal' : undefined
}

function isSimple(pin: string): boolean {
  if (new Set(pin).size <= 2) return true
  if (repeats(pin)) return true
  if (evenSteps(pin)) return true
  // 112233, 111222: each digit several times over, the rest a run.
  if (evenSteps(pin.replace(/(\d)\1+/g, '$1')) && /(\d)\1/.test(pin)) return true
  return FAVOURITES.some((known) => pin.includes(known) || pin.includes(backwards(known)))
}

/** 123123, 1212121: one short piece over and over. */
function repeats(pin: string): boolean {
  for (let length = 1; length <= pin.length / 2; length++) if (pin.slice(length) === pin.slice(0, -length)) return true
  return false
}

/** 123456, 890123, 987654, 024680: the same step each time, around the end too. */
function evenSteps(pin: string): boolean {
  const steps = Array.from(pin.slice(1), (digit, at) => (Number(digit) - Number(pin[at]) + 10) % 10)
  return new Set(steps).size === 1
}

/** The ways in which people write their birthday, in both calendars. */
function datesOf(birthDate: string): string[] {
  const [year = '', month = '', day = ''] = birthDate.split('-')
  const years = [year, String(Number(year) + 543)]
  return years.flatMap((full) => {
    const short = full.slice(2)
    if (month === '') return [full + full]
    if (day === '') return [month + full, full + month]
    return [
      day + month + short,
      month + day + short,
      short + month + day,
      short + day + month,
      day + month + full,
      month + day + full,
      full + month + day,
      full + day + month,
    ]
  })
}

function share(pin: string, code: string): boolean {
  for (let at = 0; at + SHARED <= pin.length; at++) if (code.includes(pin.slice(at, at + SHARED))) return true
  return false
}

const backwards = (text: string): string => Array.from(text).toReversed().join('')
