import { createServer } from 'node:net'
import { expect, test } from '@jest/globals'
import { takenPorts } from '../../src/demo/taken-ports.ts'
import { freePorts } from '../support/ports.ts'

test('a port in the way is named with the process that has it, a free one is not', async () => {
  const [taken = 0, free = 0] = await freePorts(2)
  const server = createServer()
  await new Promise<void>((done) => server.listen(taken, '127.0.0.1', done))
  try {
    const found = await takenPorts([taken, free])
    expect(found.map(({ port }) => port)).toEqual([taken])
    expect(found[0]?.by).toContain(`process ${process.pid} (`)
    expect(found[0]?.by).toContain(process.cwd())
  } finally {
    server.close()
  }
})
