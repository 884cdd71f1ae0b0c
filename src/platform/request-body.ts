import type { IncomingMessage } from 'node:http'
import { Problem } from '../identity/trouble.ts'

/** The whole body. @throws Problem PRT-1007 when it has more than `most` bytes, PRT-1004 when it breaks off. */
export function readBody(request: IncomingMessage, most: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  // By its events: an iterator costs half as much again.
  return new Promise((resolve, reject) => {
    const more = (chunk: Buffer) => {
      length += chunk.length
      if (length <= most) chunks.push(chunk)
      // Not destroyed when too large: that would cut the connection before the answer.
      else end(() => reject(new Problem('PRT-1007')))
    }
    const done = () => end(() => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)))
    const broken = () => end(() => reject(new Problem('PRT-1004')))
    function end(tell: () => void) {
      request.off('data', more).off('end', done).off('close', broken).off('error', broken).pause()
      tell()
    }
    // Who is gone already ends nothing any more.
    if (request.destroyed) return broken()
    request.on('data', more).once('end', done).once('close', broken).once('error', broken)
  })
}
