import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { serverFiles } from './card-door.ts'
import { type CardService, doorOf, startCardService } from './card-service.ts'
import { documented, type Nginx, startNginx } from './nginx.ts'
import { freePorts } from './ports.ts'
import { request } from './service.ts'

/** The whole service behind nginx, configured as the documents say: card door at a unix socket. */
export interface BehindNginx {
  /** Its origin and port are nginx's. */
  readonly world: CardService
  readonly nginx: Nginx
  /** Where nginx has the main door. */
  readonly mainPort: number
  close(): Promise<void>
}

export async function startBehindNginx(): Promise<BehindNginx> {
  const [mainPort = 0] = await freePorts(1)
  const world = await startCardService({
    door: (folder) => ({ PRATU_CARD_PROXY_SOCKET: join(folder, 'card.sock') }),
  })
  const { folder, ca, port } = world
  const { host } = new URL(world.at.issuer)
  writeFileSync(join(folder, 'ca.pem'), ca.issuing.pem + ca.root.pem)
  const files = serverFiles(folder, 'nginx')
  const servers = documented({
    '127.0.0.1:3000': host.replace('localhost', '127.0.0.1'),
    '/etc/nginx/tls/id.example.org.crt': files.certificate,
    '/etc/nginx/tls/id.example.org.key': files.key,
    '/etc/nginx/tls/card.example.org.crt': files.certificate,
    '/etc/nginx/tls/card.example.org.key': files.key,
    '/etc/nginx/tls/card-issuers.pem': join(folder, 'ca.pem'),
    '/run/pratu/card.sock': join(folder, 'card.sock'),
    'listen 443 ssl http2;': `listen 127.0.0.1:${mainPort} ssl http2;`,
    'listen 443 ssl;': `listen 127.0.0.1:${port} ssl;`,
    'server_name id.example.org;': 'server_name localhost;',
    'server_name card.example.org;': 'server_name localhost;',
  })
  const nginx = await startNginx(folder, servers, [mainPort, port])
  return {
    world,
    nginx,
    mainPort,
    async close() {
      await nginx.close()
      await world.close()
    },
  }
}

/** A sign-in that has just left for the card door. */
export async function begun({ at }: CardService) {
  const visitor = at.visitor()
  const page = await visitor.submit(await visitor.open(request(at.issuer, 'tax').url), { method: 'smart-card' })
  return { visitor, door: doorOf(await visitor.submit(page, { way: 'tls' })) }
}
