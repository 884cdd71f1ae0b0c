import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'
import { askPassphrase, type Terminal } from '../../src/cli/passphrase.ts'

/** A terminal at which `typed` is typed, one piece after the other. */
function terminal(...typed: readonly string[]) {
  const seen = { written: '', raw: [] as boolean[], closed: 0 }
  const open = (): Terminal => ({
    write(text) {
      seen.written += text
    },
    on(_event, hear) {
      queueMicrotask(() => {
        for (const piece of typed) hear(Buffer.from(piece))
      })
    },
    setRawMode: (raw) => seen.raw.push(raw),
    close: () => void seen.closed++,
  })
  return { open, seen }
}

test('what is typed is taken, corrected as it was, and never shown', async () => {
  const { open, seen } = terminal('ประตู', 'x\x7f', '-canal', '\x7f\x7f', '\r')
  expect(await askPassphrase('Passphrase: ', open)).toBe('ประตู-can')
  expect(seen).toEqual({ written: 'Passphrase: \n', raw: [true, false], closed: 1 })
})

test('Ctrl-C takes the question back, and leaves the terminal as it was', async () => {
  const { open, seen } = terminal('half', '\x03')
  await expect(askPassphrase('Passphrase: ', open)).rejects.toThrow('nothing was done')
  expect(seen.raw).toEqual([true, false])
})

test('where there is no terminal a file is named instead', async () => {
  const script =
    "import('./src/cli/passphrase.ts').then(({ askPassphrase }) => askPassphrase('?')).catch((e) => console.log(e.message))"
  // Its own session has no terminal.
  const { stdout } = await promisify(execFile)('setsid', ['-w', process.execPath, '-e', script])
  expect(stdout).toContain('PRATU_OPERATOR_PASSPHRASE_FILE')
})
