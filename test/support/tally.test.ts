import { describe, expect, test } from '@jest/globals'
import { lastLine, readAllowed, tally } from './tally.ts'

const report = (...statuses: string[]) => ({
  testResults: [
    {
      name: '/top/test/a.test.ts',
      message: '',
      assertionResults: statuses.map((status, index) => ({ fullName: `case ${index}`, status })),
    },
  ],
})
const plain = { top: '/top', allowed: [], whole: true, vectors: false }

describe('the closing line of a run', () => {
  test('counts what passed and failed', () => {
    expect(tally(report('passed', 'passed', 'failed'), plain)).toMatchObject({ passed: 2, failed: 1, skipped: 0 })
    expect(lastLine({ passed: 2, failed: 1, skipped: 0 })).toBe('2 passed, 1 failed')
    expect(lastLine({ passed: 2, failed: 0, skipped: 3 })).toBe('2 passed, 0 failed, 3 skipped')
  })

  test.each(['pending', 'todo', 'skipped', 'focused'])('counts a %s test as failed unless it is allowed', (status) => {
    expect(tally(report('passed', status), plain)).toMatchObject({ passed: 1, failed: 1, skipped: 0 })
  })

  test('lets an allowed test be skipped only while there are no vectors', () => {
    const allowed = [{ test: 'test/a.test.ts :: case 0', reason: 'published' }]
    expect(tally(report('pending'), { ...plain, allowed })).toMatchObject({ failed: 0, skipped: 1 })
    expect(tally(report('pending'), { ...plain, allowed, vectors: true })).toMatchObject({ failed: 1, skipped: 0 })
  })

  test('fails for a file that could not be run, and for leave given to a test that no longer exists', () => {
    expect(tally(report(), plain)).toMatchObject({ failed: 1 })
    const allowed = [{ test: 'test/gone.test.ts :: case 0', reason: 'published' }]
    expect(tally(report('passed'), { ...plain, allowed })).toMatchObject({ passed: 1, failed: 1 })
    expect(tally(report('passed'), { ...plain, allowed, whole: false })).toMatchObject({ passed: 1, failed: 0 })
  })

  test('reads the list of allowed skips, and refuses a line without a reason', () => {
    const read = readAllowed(
      '# words\n\ntest/a.test.ts :: some case # published outside\ntest/b.test.ts :: no reason\n',
    )
    expect(read.allowed).toEqual([{ test: 'test/a.test.ts :: some case', reason: 'published outside' }])
    expect(read.complaints).toHaveLength(1)
  })
})
