import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { basename, extname, join } from 'node:path'
import type { Route } from './router.ts'

// The sheet, the icon and the script of the card's page, each under an address that changes with its content: cached for ever, never stale.

const TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.js': 'text/javascript; charset=utf-8',
}

export interface Assets {
  readonly routes: readonly Route[]
  /** Address of a file by its name, such as `pratu.css` or `login/web-eid.js`. */
  address(file: string): string
}

export function openAssets(folder: string, files: readonly string[]): Assets {
  const served = files.map((file) => {
    const bytes = readFileSync(join(folder, file))
    const mark = createHash('sha256').update(bytes).digest('base64url').slice(0, 12)
    const kind = extname(file)
    return {
      file,
      bytes,
      type: TYPES[kind] ?? 'application/octet-stream',
      path: `/assets/${basename(file, kind)}-${mark}${kind}`,
    }
  })
  return {
    routes: served.map(({ path, bytes, type }) => ({
      method: 'GET',
      path,
      handler(ctx) {
        ctx.set('Cache-Control', 'public, max-age=31536000, immutable')
        ctx.set('Content-Type', type)
        ctx.body = bytes
      },
    })),
    address(file) {
      const found = served.find((one) => one.file === file)
      if (!found) throw new Error(`no such asset: ${file}`)
      return found.path
    },
  }
}
