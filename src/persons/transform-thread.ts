import { Worker } from 'node:worker_threads'
import type { VersionedKey } from '../platform/seal.ts'
import { UnusableFile } from './file.ts'
import type { Portion, Transform, TransformSetup } from './transform.ts'

// The transform on a core of its own. Buffers change hands instead of being copied where they are large.

/** The secrets as bytes: a KeyObject's ring can't be handed over, and this is the only place they travel to. */
export interface TransformKeys {
  readonly personalData: readonly VersionedKey[]
  readonly blindIndex: readonly VersionedKey[]
}

export interface ThreadData {
  readonly keys: TransformKeys
  readonly setup: TransformSetup
}

/** What the thread is asked, in order, and what it answers, in the same order. */
export type Question = { readonly read: Uint8Array } | { readonly merge: Uint8Array } | { readonly end: true }
export type Answer = { readonly portion: Portion } | { readonly unusable: string } | { readonly fault: Error }

/** A buffer that has its memory to itself is handed over; a small one lies in a pool and is copied. */
export const ownMemory = (...buffers: (Uint8Array | undefined)[]): ArrayBuffer[] =>
  buffers.flatMap((bytes) =>
    bytes && bytes.length > 1 << 16 && bytes.buffer instanceof ArrayBuffer ? [bytes.buffer] : [],
  )

export function openTransformThread(data: ThreadData): Transform {
  const worker = new Worker(new URL('./transform-worker.ts', import.meta.url), { workerData: data })
  const waiting: { resolve(portion: Portion): void; reject(fault: Error): void }[] = []
  let ended: Error | undefined

  const fail = (fault: Error): void => {
    ended ??= fault
    for (const { reject } of waiting.splice(0)) reject(ended)
  }
  worker.on('message', (answer: Answer) => {
    const asked = waiting.shift()
    if ('portion' in answer) asked?.resolve(withBuffers(answer.portion))
    else asked?.reject('unusable' in answer ? new UnusableFile(answer.unusable) : answer.fault)
  })
  worker.on('error', fail)
  worker.on('exit', () => fail(new Error('the thread of the import has ended')))

  function ask(question: Question, moved: ArrayBuffer[] = []): Promise<Portion> {
    if (ended) return Promise.reject(ended)
    return new Promise((resolve, reject) => {
      waiting.push({ resolve, reject })
      worker.postMessage(question, moved)
    })
  }

  return {
    read: (piece) => ask({ read: piece }, ownMemory(piece)),
    end: () => ask({ end: true }),
    merge: (known) => ask({ merge: known }, ownMemory(known)),
    async close() {
      await worker.terminate()
    },
  }
}

/** A Buffer arrives as a bare Uint8Array. */
export const toBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

function withBuffers({ batch: { created, identifiers, changed }, lookUp, ...rest }: Portion): Portion {
  return {
    ...rest,
    batch: {
      created: created && { ...created, open: toBuffer(created.open) },
      identifiers: identifiers && toBuffer(identifiers),
      changed: changed && { ...changed, open: toBuffer(changed.open) },
    },
    ...(lookUp && { lookUp: { blinds: toBuffer(lookUp.blinds), digests: toBuffer(lookUp.digests) } }),
  }
}
