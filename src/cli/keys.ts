import { join } from 'node:path'
import type { Command } from 'commander'
import type { Random } from '../platform/random.ts'
import { openSealer } from '../platform/seal.ts'
import { completeSecrets, createSecrets, openSecrets, originOf, secretsExist } from '../platform/secrets.ts'
import { openFileVault } from '../signing/file-vault.ts'

/** `settings` is config's `readKeySettings`: keys are made before there is a database to name. */
export interface Needs {
  readonly settings: () => { readonly keys: string; readonly masterKey: Buffer | undefined }
  readonly random: Random
  readonly print: (line: string) => void
}

// `pratu keys init`: production's first secrets, on one machine, before the first start. They then travel to the other
// nodes by the operators' own means (keys/README.md). Never overwrites anything; to a folder that an earlier version made
// it adds what this one brought. Where there is nothing to add it has done its work: who upgrades gives it each time.
export function addKeysCommands(program: Command, { settings, random, print }: Needs): void {
  const keys = program
    .command('keys')
    .description('The keys that sign, and how they change; the very first of all keys')
  keys
    .command('init')
    .description(
      "Make production's first keys in PRATU_KEYS, or add what a later version needs to those that are there",
    )
    .action(async () => {
      const { keys: folder, masterKey } = settings()
      if (secretsExist({ folder })) {
        const added = completeSecrets({ folder, masterKey, random }, 'production')
        if (added.length === 0) {
          // Opened for it: a wrong master key is a failure, also where there is nothing to add.
          const { fingerprint } = openSecrets({ folder, masterKey, random }, 'production')
          print(`${folder} already holds every secret that this version needs: nothing was changed.`)
          print(`Fingerprint: ${fingerprint()}`)
          return
        }
        print(`Added in ${folder}: ${added.join(', ')}. What was there is as it was.`)
        print(
          'Now: a fresh copy of this folder in the safe place, and the same folder on every node before its new version.',
        )
        return
      }
      createSecrets({ folder, masterKey, random }, 'production')
      const secrets = openSecrets({ folder, masterKey, random }, 'production')
      // The first start enters it into the ring: there is no database to do it in yet.
      const vault = openFileVault({
        folder: join(folder, 'signing'),
        sealer: openSealer(secrets.get('signing-keys'), random),
      })
      const { kid } = await vault.create('ES256')
      print(`Keys made in ${folder}.`)
      print(`Fingerprint: ${secrets.fingerprint()}`)
      print(`First signing key: ${kid}`)
      print('Now: a copy of this folder in a safe place, and the same folder on every node.')
    })
  keys
    .command('fingerprint')
    .description('Print what tells these keys from others; every node must print the same')
    .action(() => {
      const { keys: folder, masterKey } = settings()
      print(openSecrets({ folder, masterKey, random }, originOf({ folder }) ?? 'production').fingerprint())
    })
}
