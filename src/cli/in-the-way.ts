import { isNativeError } from 'node:util/types'
import { ActRefused } from '../audit/signature.ts'
import { IssuerMistakes } from '../methods/certificates/issuers.ts'
import { KeyRefused } from '../operators/operator.ts'
import { OperatorsRefused } from '../operators/register.ts'
import { isDatabaseUnavailable } from '../platform/db.ts'
import { FolderInUse } from '../platform/folder-lock.ts'
import { SecretsRefused } from '../platform/master-key.ts'
import { RedisUnfit } from '../platform/redis.ts'
import { SettingMistakes } from '../platform/settings.ts'
import { CommandRefused } from './opened.ts'

// What stands in the way of a start or a command. Whatever an operator can mend is one sentence: a stack tells them that
// the program is broken when it is the path that is misspelt. Anything else keeps its stack, for us.

const MENDABLE = [
  SettingMistakes,
  IssuerMistakes,
  SecretsRefused,
  RedisUnfit,
  FolderInUse,
  ActRefused,
  KeyRefused,
  OperatorsRefused,
  CommandRefused,
]

const FILES: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'this account may not do that here',
  EPERM: 'this account may not do that here',
  EEXIST: 'exists already, and nothing is written over',
  EISDIR: 'is a folder',
  ENOTDIR: 'a part of the way is no folder',
  EROFS: 'can only be read',
  ENOSPC: 'the disk is full',
}

export function inTheWay(error: unknown): string {
  if (!isNativeError(error)) return String(error)
  if (MENDABLE.some((kind) => error instanceof kind)) return error.message
  const { code = '', path, port } = error as Error & { code?: string; path?: string; port?: number }
  if (code === 'EADDRINUSE') return `Port ${port} is taken by another program: choose another by PRATU_PORT.`
  const file = FILES[code]
  if (file !== undefined && path !== undefined) return `${path}: ${file}.`
  // Reading comes after opening, and no longer knows the name.
  if (code === 'EISDIR') return 'A file was expected, and a folder was named.'
  if (isDatabaseUnavailable(error)) return `The database does not answer: ${error.message || code}`
  // 28: who asks is not let in; 3D: there is no such database.
  if (/^(28|3D)...$/.test(code)) return `The database refuses us: ${error.message}`
  return error.stack ?? error.message
}
