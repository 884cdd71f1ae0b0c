import { readFileSync } from 'node:fs'

export interface Block {
  readonly language: string
  readonly file: string
  readonly code: string
}

export const page = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

/** The fenced blocks that name a file: the ones a reader saves or runs. */
export function blocksOf(path: string): Block[] {
  return Array.from(page(path).matchAll(/^```(\w+) file=(\S+)\n([\s\S]*?)\n```$/gm), ([, language, file, code]) => ({
    language: language!,
    file: file!,
    code: code!,
  }))
}
