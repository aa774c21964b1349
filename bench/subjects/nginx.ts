import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ANSWER_BODY } from '../messages.ts'
import { startPinned } from './pinned.ts'
import type { Subject } from './subject.ts'

/** Debian's package; BENCH_NGINX names another binary, for example one unpacked from it. */
const PROGRAM = process.env.BENCH_NGINX ?? 'nginx'

/** `nginx/1.22.1`, or null where there is none. */
export function nginxVersion(): string | null {
  try {
    const said = execFileSync('sh', ['-c', '"$0" -v 2>&1', PROGRAM], { encoding: 'utf8' })
    return /nginx\/[\d.]+/.exec(said)?.[0] ?? null
  } catch {
    return null
  }
}

/** Of the server's side. Kept connections hide the rest: only a measurement of handshakes needs every one of them to be full. */
const EXCHANGES_TLS = 'ssl_ecdh_curve prime256v1;'
export const HANDSHAKES_TLS = 'ssl_ecdh_curve X25519; ssl_session_tickets off; ssl_session_cache off;'

/** A bare mTLS -> mTLS proxy: no checks, no log, kept connections on both legs, one worker. */
export async function startNginx(
  directory: string,
  certsDir: string,
  providerPort: number,
  core: number | null,
  tls = EXCHANGES_TLS,
): Promise<Subject> {
  mkdirSync(directory, { recursive: true })
  const port = await freePort()
  const path = join(directory, 'nginx.conf')
  writeFileSync(path, configuration(directory, certsDir, providerPort, port, tls))
  const pinned = startPinned(core, PROGRAM, ['-p', directory, '-c', path, '-e', join(directory, 'error.log')])
  await untilListening(port, pinned.output)
  return { name: 'nginx', port, parts: { nginx: pinned.pid }, stop: () => pinned.stop() }
}

const configuration = (
  directory: string,
  certsDir: string,
  providerPort: number,
  port: number,
  tls: string,
): string => `
daemon off;
${process.geteuid?.() === 0 ? 'user root;' : ''}
worker_processes 1;
pid ${directory}/nginx.pid;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path ${directory}/body;
  proxy_temp_path ${directory}/proxy;
  fastcgi_temp_path ${directory}/fastcgi;
  uwsgi_temp_path ${directory}/uwsgi;
  scgi_temp_path ${directory}/scgi;
  upstream provider {
    server 127.0.0.1:${providerPort};
    keepalive 64;
    keepalive_requests 1000000000;
    keepalive_time 1h;
  }
  server {
    listen 127.0.0.1:${port} ssl backlog=1024;
    keepalive_requests 1000000000;
    keepalive_time 1h;
    ssl_certificate ${certsDir}/gateway.crt;
    ssl_certificate_key ${certsDir}/gateway.key;
    ssl_client_certificate ${certsDir}/ca.crt;
    ssl_verify_client on;
    ssl_verify_depth 3;
    ssl_protocols TLSv1.3;
    ${tls}
    location = /answer { default_type application/json; return 200 '${ANSWER_BODY}'; }
    location / {
      proxy_pass https://provider;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_ssl_protocols TLSv1.3;
      proxy_ssl_certificate ${certsDir}/gateway.crt;
      proxy_ssl_certificate_key ${certsDir}/gateway.key;
      proxy_ssl_trusted_certificate ${certsDir}/ca.crt;
      proxy_ssl_verify on;
      proxy_ssl_verify_depth 3;
      proxy_ssl_name localhost;
    }
  }
}
`

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

async function untilListening(port: number, output: () => string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const open = await new Promise<boolean>(resolve => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy()
        resolve(true)
      })
      socket.once('error', () => resolve(false))
    })
    if (open) return
    await sleep(50)
  }
  throw new Error(`nginx did not start:\n${output()}`)
}
