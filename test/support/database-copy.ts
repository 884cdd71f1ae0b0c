import { readFileSync, writeFileSync } from 'node:fs'
import { openDb } from '../../src/platform/db.ts'

// `pg_dump --file=F URL` and `pg_restore --dbname=URL F` for a server that is newer than the system's own programs: the
// copy stays in the server, as a database that the file names.

const [, , program, ...words] = process.argv
const option = (name: string) => words.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3)
const nameIn = (url: string) => new URL(url.replace('postgres:', 'http:')).pathname.slice(1)
const last = words.at(-1)!

async function copy(url: string, from: string, to: string): Promise<void> {
  const admin = openDb({ url: url.replace(`/${nameIn(url)}`, '/postgres'), connections: 1, patience: 0 })
  try {
    await admin.db.raw(`drop database if exists "${to}" with (force)`)
    await admin.db.raw(`create database "${to}" template "${from}"`)
  } finally {
    await admin.close()
  }
}

if (program === 'pg_dump') {
  const kept = `${nameIn(last)}_dump`
  await copy(last, nameIn(last), kept)
  writeFileSync(option('file')!, kept)
} else {
  const url = option('dbname')!
  await copy(url, readFileSync(last, 'utf8'), nameIn(url))
}
