import { openSync, writeSync } from 'node:fs'
import { ReadStream } from 'node:tty'
import { CommandRefused } from './opened.ts'

// A passphrase, typed at the terminal without an echo. Standard input is left alone: a person code may come there.

const [ENTER, LINE_FEED, BACKSPACE, DELETE, CTRL_C, CTRL_D] = ['\r', '\n', '\b', '\x7f', '\x03', '\x04']

/** What this needs of a terminal; a test has one of its own. */
export interface Terminal {
  write(text: string): void
  on(event: 'data', hear: (bytes: Buffer) => void): unknown
  setRawMode(raw: boolean): unknown
  close(): void
}

/** @throws CommandRefused where nobody sits at a terminal, or they press Ctrl-C. */
export function askPassphrase(question: string, open: () => Terminal = controllingTerminal): Promise<string> {
  const terminal = open()
  terminal.write(question)
  terminal.setRawMode(true)
  return new Promise((resolve, reject) => {
    const typed: string[] = []
    function end(answer: () => void): void {
      terminal.setRawMode(false)
      terminal.write('\n')
      terminal.close()
      answer()
    }
    terminal.on('data', (bytes) => {
      for (const character of bytes.toString('utf8')) {
        if (character === ENTER || character === LINE_FEED) return end(() => resolve(typed.join('')))
        if (character === CTRL_C || character === CTRL_D)
          return end(() => reject(new CommandRefused('Nothing was typed, nothing was done.')))
        if (character === BACKSPACE || character === DELETE) typed.pop()
        else typed.push(character)
      }
    })
  })
}

function controllingTerminal(): Terminal {
  let terminal: number
  try {
    terminal = openSync('/dev/tty', 'r+')
  } catch (error) {
    throw new CommandRefused('There is no terminal to ask at: PRATU_OPERATOR_PASSPHRASE_FILE names a file instead.', {
      cause: error,
    })
  }
  const stream = new ReadStream(terminal)
  return {
    write: (text) => void writeSync(terminal, text),
    on: (event, hear) => stream.on(event, hear),
    setRawMode: (raw) => stream.setRawMode(raw),
    close: () => void stream.destroy(),
  }
}
