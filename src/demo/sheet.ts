import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Route } from '../web/router.ts'

/** The service's sheet followed by what only the demo has, under an address that changes with its content. */
export function openSheet(): { readonly path: string; readonly route: Route } {
  const folder = new URL('../../views/', import.meta.url)
  const bytes = Buffer.concat(['pratu.css', 'demo/demo.css'].map((file) => readFileSync(new URL(file, folder))))
  const mark = createHash('sha256').update(bytes).digest('base64url').slice(0, 12)
  const path = `/assets/demo-${mark}.css`
  return {
    path,
    route: {
      method: 'GET',
      path,
      handler(ctx) {
        ctx.set('Cache-Control', 'public, max-age=31536000, immutable')
        ctx.type = 'css'
        ctx.body = bytes
      },
    },
  }
}
