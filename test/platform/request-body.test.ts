import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { readBody } from '../../src/platform/request-body.ts'

// Bodies of real requests: whole, too large, broken off, and of somebody who has gone.

let handle: (request: IncomingMessage) => Promise<Buffer>
let outcome: Promise<string>
const server = createServer((request, response) => {
  const read = handle(request)
  told(read.then(String, (problem: { code: string }) => problem.code).finally(() => response.end()))
})
let told: (said: Promise<string>) => void
beforeEach(async () => {
  outcome = new Promise((resolve) => {
    told = resolve
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterEach(async () => {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
})

async function send(...pieces: string[]) {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  await once(socket, 'connect')
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n')
  for (const piece of pieces) socket.write(piece)
  return socket
}

test('a body in one piece or in several is read whole', async () => {
  handle = (request) => readBody(request, 100)
  await send('01234', '56789')
  expect(await outcome).toBe('0123456789')
})

test('a body larger than was said is refused, and not cut off', async () => {
  handle = (request) => readBody(request, 9)
  const socket = await send('0123456789')
  expect(await outcome).toBe('PRT-1007')
  const [answer] = (await once(socket, 'data')) as [Buffer]
  expect(answer.toString()).toMatch(/^HTTP\/1.1 200/)
})

test('a body that breaks off is refused', async () => {
  handle = (request) => readBody(request, 100)
  const socket = await send('0123')
  socket.destroy()
  expect(await outcome).toBe('PRT-1004')
})

test('whoever has gone before their body was asked for holds nobody up', async () => {
  handle = async (request) => {
    await new Promise((resolve) => request.on('error', () => undefined).once('close', resolve))
    return readBody(request, 100)
  }
  const socket = await send('0123')
  socket.destroy()
  expect(await outcome).toBe('PRT-1004')
})
