import { generateKeyPairSync } from 'node:crypto'

// A process of its own (key.ts): writes one RSA key of 6144 bits to standard output, as real accounts have, and ends.

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 6144 })
process.stdout.write(String(privateKey.export({ type: 'pkcs8', format: 'pem' })))
