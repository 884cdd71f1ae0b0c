import { startPostgres } from '../../src/platform/embedded-postgres.ts'

// A service in miniature, for tests that kill one: starts the database in the folder it is given and holds it.
const server = await startPostgres({
  folder: process.argv[2]!,
  searchPath: process.env.PATH ?? '',
  settings: { fsync: 'off' },
})
process.once('SIGTERM', () => {
  void server.stop().then(() => process.exit(0))
})
const awake = setInterval(() => {}, 60_000)
server.exited.then(
  () => clearInterval(awake),
  () => {},
)
console.log('ready')
