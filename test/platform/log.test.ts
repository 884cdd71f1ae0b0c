import { describe, expect, test } from '@jest/globals'
import { openLog } from '../../src/platform/log.ts'
import { testClock } from '../support/clock.ts'

function logged(act: (log: ReturnType<typeof openLog>) => void, level: 'debug' | 'info' = 'info') {
  const lines: string[] = []
  act(openLog({ level, clock: testClock(), destination: { write: (line: string) => lines.push(line) } }))
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
}

const CODES = [
  '1101700207030',
  '1-1017-00207-03-0',
  '1 1017 00207 03 0',
  '๑๑๐๑๗๐๐๒๐๗๐๓๐',
  '38001085718',
  '131052-308T',
  '123456',
]
const text = (lines: unknown) => JSON.stringify(lines)

describe('the log', () => {
  test('writes one line per event with the time of the clock and the id of the request', () => {
    const lines = logged((log) => log.forRequest('r-1').info('signed-in', { client: 'tax', took: 12 }))
    expect(lines).toEqual([
      { level: 'info', time: '2026-11-21T09:00:00.000Z', event: 'signed-in', request: 'r-1', client: 'tax', took: 12 },
    ])
  })

  test('keeps to its level', () => {
    expect(logged((log) => log.debug('detail'))).toEqual([])
    expect(logged((log) => log.debug('detail'), 'debug')).toHaveLength(1)
  })

  test.each(CODES)('cannot be made to hold the number %s, wherever it comes in', (code) => {
    const database = Object.assign(new Error(`duplicate key ${code}`), {
      severity: 'ERROR',
      code: '23505',
      detail: code,
    })
    const lines = logged((log) => {
      log.info('refused', { reason: `unknown person ${code}` })
      log.warn('refused', { person: code, deep: { code } } as object)
      log.fault('broke', new Error(`no ${code}`, { cause: new TypeError(`because ${code}`) }))
      log.fault('broke', database)
      log.fault('broke', code)
      log.fault('broke', { code })
    })
    expect(lines).toHaveLength(6)
    expect(text(lines)).not.toContain(code.slice(0, 6))
  })

  test('drops every field that is not on its list, whatever the compiler was told', () => {
    const [line] = logged((log) => log.info('refused', { person: 'Somchai', code: 'PRT-1201' } as object))
    expect(line).toEqual({ level: 'info', time: '2026-11-21T09:00:00.000Z', event: 'refused', code: 'PRT-1201' })
  })

  test('keeps what the night shift needs of a fault: its name, its words, its frames and its cause', () => {
    const [line] = logged((log) => log.fault('broke', new TypeError('no such thing', { cause: new Error('below') })))
    expect(line).toMatchObject({
      level: 'error',
      fault: { name: 'TypeError', words: 'no such thing', cause: { name: 'Error', words: 'below' } },
    })
    expect(text(line)).toContain('log.test.ts')
  })

  test("says a database error's code and constraint instead of its words", () => {
    const error = Object.assign(new Error('Key (name)=(Somchai)'), {
      severity: 'ERROR',
      code: '23505',
      constraint: 'once',
    })
    const [line] = logged((log) => log.fault('broke', error))
    expect(line).toMatchObject({ fault: { words: '23505 once' } })
    expect(text(line)).not.toContain('Somchai')
  })
})
