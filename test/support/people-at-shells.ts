import { type ChildProcess, spawn } from 'node:child_process'

// People who stand each before a terminal of their own, in one folder: what one has exported, the others haven't.

export interface Person {
  /** @returns all that was printed. @throws Error where the line ended in anything but 0. */
  type(line: string): Promise<string>
  leave(): void
}

/** A shell that stays, as a terminal does. */
export function atShell({ cwd, env }: { readonly cwd: string; readonly env: Record<string, string> }): Person {
  const shell: ChildProcess = spawn('sh', [], { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] })
  let said = ''
  let hear = (): void => {}
  for (const stream of [shell.stdout!, shell.stderr!])
    stream.on('data', (piece: Buffer) => {
      said += piece.toString()
      hear()
    })
  return {
    type(line) {
      said = ''
      return new Promise((resolve, reject) => {
        shell.once('exit', () => reject(new Error(`the shell ended at: ${line}\n${said}`)))
        hear = () => {
          const ended = /\nended with (\d+)\n$/.exec(said)
          if (!ended) return
          shell.removeAllListeners('exit')
          const printed = said.slice(0, ended.index)
          if (ended[1] === '0') resolve(printed)
          else reject(new Error(`${line}\n${printed}`))
        }
        shell.stdin!.write(`{ ${line}\n} 2>&1 </dev/null; printf '\\nended with %s\\n' $?\n`)
      })
    },
    leave: () => void shell.stdin!.end(),
  }
}

export interface Line {
  readonly section: string
  readonly step: number
  /** Who types it. */
  readonly who: string
  readonly words: string
}

/** The lines of a page that somebody types (`anna$ …`), under the headings and steps in which they stand. */
export function linesOf(page: string): Line[] {
  const found: Line[] = []
  let section = ''
  let step = 0
  for (const line of page.split('\n')) {
    const heading = /^#+ (.+)$/.exec(line)
    if (heading) [section, step] = [heading[1]!, 0]
    step = Number(/^(\d+)\. /.exec(line)?.[1] ?? step)
    const [, who, words] = /^ +([a-z]+)\$ (.+)$/.exec(line) ?? []
    if (who && words) found.push({ section, step, who, words })
  }
  return found
}
