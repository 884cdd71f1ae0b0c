import { type FileHandle, open, rm } from 'node:fs/promises'
import { CommandRefused } from './opened.ts'

/**
 * Takes the file's place before `work` does what can't be undone: what is in force and stands in no file would be lost.
 * Where `work` fails there is no file.
 * @param taken said where there is one already, and nothing was done.
 * @throws CommandRefused, the system's errors, and those of `work`.
 */
export async function inNewFile<Made>(
  path: string,
  { mode, taken }: { readonly mode: number; readonly taken: string },
  work: (file: FileHandle) => Promise<Made>,
): Promise<Made> {
  const file = await open(path, 'wx', mode).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EEXIST' ? new CommandRefused(taken) : error
  })
  try {
    return await work(file)
  } catch (error) {
    await rm(path, { force: true })
    throw error
  } finally {
    await file.close()
  }
}
