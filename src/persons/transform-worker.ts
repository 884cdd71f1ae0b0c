import { parentPort, workerData } from 'node:worker_threads'
import { systemRandom } from '../platform/random.ts'
import { openIndexer, openSealer, type VersionedKey } from '../platform/seal.ts'
import { UnusableFile } from './file.ts'
import { openTransform, type Portion } from './transform.ts'
import { type Answer, ownMemory, type Question, type ThreadData, toBuffer } from './transform-thread.ts'

// Where the thread of an import begins: as main.ts is for the service, the one file of it that does work when loaded.

const { keys, setup } = workerData as ThreadData
const whole = ({ version, key }: VersionedKey): VersionedKey => ({ version, key: toBuffer(key) })
const transform = openTransform(
  {
    sealer: openSealer(keys.personalData.map(whole), systemRandom),
    indexer: openIndexer(keys.blindIndex.map(whole)),
    random: systemRandom,
  },
  setup,
)

async function answer(question: Question): Promise<Portion> {
  if ('read' in question) return transform.read(question.read)
  if ('merge' in question) return transform.merge(toBuffer(question.merge))
  return transform.end()
}

const port = parentPort
if (!port) throw new Error('this is the inside of a thread')
const reply = (said: Answer, moved: ArrayBuffer[] = []): void => port.postMessage(said, moved)

async function serve(question: Question): Promise<void> {
  try {
    const portion = await answer(question)
    const { created, identifiers, changed } = portion.batch
    reply(
      { portion },
      ownMemory(created?.open, identifiers, changed?.open, portion.lookUp?.blinds, portion.lookUp?.digests),
    )
  } catch (error) {
    reply(error instanceof UnusableFile ? { unusable: error.message } : { fault: error as Error })
  }
}

// One question after another, whatever the order in which their answers would be ready.
let last: Promise<void> = Promise.resolve()
port.on('message', (question: Question) => {
  last = last.then(() => serve(question))
})
