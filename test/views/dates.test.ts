import { describe, expect, test } from '@jest/globals'
import { birthDate, day, duration, moment, opens, timeOfDay } from '../../views/dates.ts'

const at = Date.parse('2026-11-21T02:41:00Z')
const BANGKOK = 'Asia/Bangkok'

describe('dates', () => {
  test('are in the Buddhist era in Thai', () => {
    expect(moment(at, 'th', BANGKOK)).toBe('21 พฤศจิกายน 2569 เวลา 09:41 น.')
    expect(moment(at, 'en', BANGKOK)).toBe('21 November 2026, 09:41')
    expect(moment(at, 'et', 'Europe/Tallinn')).toBe('21. november 2026 kell 04.41')
  })

  test('follow the zone over midnight, and midnight is 00', () => {
    const late = Date.parse('2026-12-31T17:00:00Z')
    expect(day(late, 'th', BANGKOK)).toBe('1 มกราคม 2570')
    expect(timeOfDay(late, 'th', BANGKOK)).toBe('00:00 น.')
    expect(day(late, 'en', 'UTC')).toBe('31 December 2026')
  })

  test('of birth may be a year, or a year and a month', () => {
    expect(birthDate('1980-05-17', 'th')).toBe('17 พฤษภาคม 2523')
    expect(birthDate('1980-05', 'th')).toBe('พฤษภาคม 2523')
    expect(birthDate('1980', 'th')).toBe('พ.ศ. 2523')
    expect(birthDate('1980-05', 'en')).toBe('May 1980')
    expect(birthDate('1980', 'et')).toBe('1980')
    expect(birthDate('2024-02-29', 'et')).toBe('29. veebruar 2024')
  })

  test.each(['', 'unknown', '1980-02-31', '1980-13', '0000', '1980-5-1', '1980-05-17T00:00'])(
    '%j stays as written',
    (date) => {
      expect(birthDate(date, 'th')).toBe(date)
    },
  )
})

describe('waits', () => {
  const from = (time: string) => `from ${time}`
  test('are told in seconds when short, and rounded up to the minute when not', () => {
    expect(opens(at + 29_100, at, 'en', BANGKOK, from)).toBe('in 30 seconds')
    expect(opens(at + 30_000, at, 'th', BANGKOK, from)).toBe('ในอีก 30 วินาที')
    expect(opens(at + 30_000, at, 'et', BANGKOK, from)).toBe('30 sekundi pärast')
    expect(opens(at - 5_000, at, 'en', BANGKOK, from)).toBe('in 1 second')
    expect(opens(at + 100_000, at, 'en', BANGKOK, from)).toBe('from 09:43')
    expect(opens(at + 86_400_000, at, 'en', BANGKOK, from)).toBe('from 22 November 2026, 09:41')
  })

  test('past midnight name the day', () => {
    const late = Date.parse('2026-11-21T16:55:00Z')
    expect(opens(late + 600_000, late, 'th', BANGKOK, (time) => time)).toBe('22 พฤศจิกายน 2569 เวลา 00:05 น.')
  })

  test('are never shorter in words than in truth', () => {
    expect(duration(17, 'th')).toBe('17 วินาที')
    expect(duration(0, 'en')).toBe('1 second')
    expect(duration(91, 'en')).toBe('2 minutes')
    expect(duration(5_401, 'et')).toBe('2 tundi')
  })
})

test('however many pages show a time, what writes it is made once: it is dear in time and in memory', () => {
  const { DateTimeFormat } = Intl
  let made = 0
  Intl.DateTimeFormat = new Proxy(DateTimeFormat, {
    construct(target, values: ConstructorParameters<typeof Intl.DateTimeFormat>) {
      made++
      return new target(...values)
    },
  })
  try {
    const texts = Array.from({ length: 100 }, () => moment(0, 'et', 'Asia/Tokyo'))
    expect(new Set(texts)).toEqual(new Set(['1. jaanuar 1970 kell 09.00']))
    expect(made).toBe(2)
  } finally {
    Intl.DateTimeFormat = DateTimeFormat
  }
})
