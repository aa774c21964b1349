/**
 * Proves the Dockerfile where there is no container engine: runs its instructions in a clean directory as an unprivileged user,
 * then starts the demo world in the result as the image would, makes one exchange, verifies the log, stops it and looks for what
 * is left. Paths of the image become paths under a temporary directory; the base image is the node that runs this.
 *
 *   node test/support/ci/run-dockerfile.js
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
} from 'node:fs'
import { rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findProcesses } from './find-processes.js'
import { parseDockerfile, wordsOf } from './parse-dockerfile.js'

const ROOT = resolve(import.meta.dirname, '../../..')
const READY_MILLIS = 90_000
const STOPPED_MILLIS = 30_000

const isRoot = process.getuid() === 0
/** Whom the image calls `node`: root steps down, anybody else is unprivileged already. */
const user = isRoot ? { uid: idOf('-u'), gid: idOf('-g') } : { uid: process.getuid(), gid: process.getgid() }

function idOf(flag) {
  return Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }))
}

const home = realpathSync(mkdtempSync(join(tmpdir(), 'image-')))
chmodSync(home, 0o755)
const folder = name => {
  const path = join(home, name)
  mkdirSync(path, { recursive: true })
  return path
}

/** Runs one program as the unprivileged user; resolves to its output, throws with it when the exit code is not `expected`. */
async function run(program, args, { cwd, env, expected = 0 }) {
  const child = spawn(program, args, { cwd, env, ...user, stdio: ['ignore', 'pipe', 'pipe'] })
  const output = collect(child)
  const [code] = await once(child, 'close')
  if (code !== expected) throw new Error(`${program} ${args.join(' ')}: exit code ${code}\n${output()}`)
  return output()
}

function collect(child) {
  const text = []
  child.stdout.on('data', chunk => text.push(String(chunk)))
  child.stderr.on('data', chunk => text.push(String(chunk)))
  return () => text.join('')
}

/** `node` and `npm` where the unprivileged user can reach them, whatever folder the machine keeps them in. */
async function tools() {
  const bin = folder('tools')
  copyFileSync(process.execPath, join(bin, 'node'))
  chmodSync(join(bin, 'node'), 0o755)
  let npm = realpathSync(execFileSync('sh', ['-c', 'command -v npm'], { encoding: 'utf8' }).trim())
  try {
    await run('/bin/sh', ['-c', '[ -r "$0" ]', npm], { cwd: '/', env: {} })
  } catch {
    const own = join(bin, 'npm-package')
    cpSync(resolve(npm, '../..'), own, { recursive: true })
    npm = join(own, 'bin', basename(npm))
  }
  writeFileSync(join(bin, 'npm'), `#!/bin/sh\nexec node '${npm}' "$@"\n`, { mode: 0o755 })
  return bin
}

/** What the builder would be sent. Ours names what goes in, and then what of it stays out. */
function buildContext() {
  const lines = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n')
  const rules = lines.map(line => line.trim()).filter(line => line !== '' && !line.startsWith('#'))
  if (rules[0] !== '*') throw new Error('.dockerignore: begin with *, so that nothing goes in unnamed')
  const context = folder('context')
  const outside = new Set(
    rules
      .slice(1)
      .filter(rule => !rule.startsWith('!'))
      .map(rule => join(ROOT, rule)),
  )
  for (const rule of rules.filter(rule => rule.startsWith('!')))
    cpSync(join(ROOT, rule.slice(1)), join(context, rule.slice(1)), {
      recursive: true,
      filter: path => !outside.has(path),
    })
  return context
}

/** Carries the stages out. The last one is the image. */
async function build(instructions, bin) {
  // Where the image has folders of its own, the texts that name them must name ours.
  const folders = [
    ...new Set(instructions.filter(({ name }) => name === 'WORKDIR' || name === 'VOLUME').map(i => i.text)),
  ]
  const context = buildContext()
  const stages = new Map()
  let stage
  const translate = text =>
    folders
      .reduce(
        (changed, path) => changed.replace(new RegExp(`(?<![\\w.])${path}(?![\\w-])`, 'g'), join(stage.root, path)),
        text,
      )
      .replaceAll('node:node', `${user.uid}:${user.gid}`)

  for (const { name, flags, text } of instructions) {
    switch (name) {
      case 'FROM': {
        const [, as] = text.split(/\s+AS\s+/)
        stage = { root: folder(`stage-${as ?? 'image'}`), env: {}, cwd: '/', volumes: [] }
        stages.set(as ?? 'image', stage)
        break
      }
      case 'WORKDIR':
        stage.cwd = join(stage.root, text)
        mkdirSync(stage.cwd, { recursive: true })
        break
      case 'ENV':
        for (const [, key, value] of text.matchAll(/(\w+)=(\S+)/g)) stage.env[key] = translate(value)
        break
      case 'COPY': {
        const from = flags.from === undefined ? context : stages.get(flags.from).root
        const words = text.split(/\s+/)
        const target = words.pop()
        for (const source of words) copy(join(from, source), target, stage.cwd)
        break
      }
      case 'RUN':
        give(stage.root, user)
        console.log(`  RUN ${text}`)
        await run('/bin/sh', ['-c', translate(text)], {
          cwd: stage.cwd,
          env: { ...buildEnvironment(bin), ...stage.env },
        })
        break
      case 'VOLUME':
        stage.volumes.push(join(stage.root, text))
        break
      case 'HEALTHCHECK':
        stage.healthcheck = wordsOf(text.replace(/^CMD\s+/, ''))
        break
      case 'ENTRYPOINT':
        stage.entrypoint = wordsOf(text)
        break
      case 'CMD':
        stage.command = wordsOf(text)
        break
      case 'USER':
        stage.user = text
        break
      case 'EXPOSE':
        break
      default:
        throw new Error(`Dockerfile: ${name} is not known here`)
    }
  }
  if (stage.user !== 'node') throw new Error('Dockerfile: the image must run as node')
  // As in the image: what was copied and installed belongs to root, the volume to the user.
  if (isRoot) give(stage.root, { uid: 0, gid: 0 })
  for (const volume of stage.volumes) give(volume, user)
  return stage
}

function copy(source, target, cwd) {
  const path = resolve(cwd, target)
  const into =
    statSync(source).isFile() && (target.endsWith('/') || existsSync(path)) ? join(path, basename(source)) : path
  mkdirSync(dirname(into), { recursive: true })
  cpSync(source, into, { recursive: true, verbatimSymlinks: true })
}

function give(path, { uid, gid }) {
  if (isRoot) execFileSync('chown', ['-Rh', `${uid}:${gid}`, path])
}

/** What reaches the registry from here, and nothing else of the caller's environment. */
function buildEnvironment(bin) {
  const passed = /^(https?_proxy|no_proxy|NODE_EXTRA_CA_CERTS|npm_config_registry)$/i
  const given = Object.fromEntries(Object.entries(process.env).filter(([name]) => passed.test(name)))
  const npm = ['config', 'get', 'registry']
  return {
    npm_config_registry: execFileSync('npm', npm, {
      encoding: 'utf8',
      cwd: '/',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim(),
    ...given,
    ...plainEnvironment(bin),
  }
}

/** npm keeps its cache in HOME. */
const plainEnvironment = bin => ({ PATH: `${bin}:/usr/local/bin:/usr/bin:/bin`, HOME: join(home, 'home') })

/** @returns {Promise<readonly number[]>} ports of 127.0.0.1 that nobody listens on */
async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map(server => once(server, 'listening')))
  const ports = servers.map(server => server.address().port)
  await Promise.all(servers.map(server => once(server.close(), 'close')))
  return ports
}

async function withoutDevelopmentPackages(image) {
  const { devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  const present = ['jest', 'typescript', 'eslint', '@biomejs/biome', '@typescript/native'].filter(name => {
    if (!(name in devDependencies)) throw new Error(`${name} is no devDependency any more: mend this list`)
    return existsSync(join(image.cwd, 'node_modules', name))
  })
  if (present.length > 0) throw new Error(`the image holds ${present.join(', ')}`)
}

/** Starts the demo world in the image, uses it once and stops it. */
async function use(image, bin) {
  const [exchange, office, ops, provider, logistics] = await freePorts(5)
  const ports = {
    EXCHANGE_PORT: `${exchange}`,
    OFFICE_PORT: `${office}`,
    OPS_PORT: `${ops}`,
    DEMO_PROVIDER_PORT: `${provider}`,
    DEMO_LOGISTICS_PORT: `${logistics}`,
  }
  const where = { cwd: image.cwd, env: { ...plainEnvironment(bin), ...image.env, ...ports } }
  const [program, ...entry] = image.entrypoint
  const child = spawn(join(bin, program), [...entry, 'demo'], { ...where, ...user, stdio: ['ignore', 'pipe', 'pipe'] })
  const output = collect(child)
  try {
    const exited = once(child, 'exit')
    await ready(ops, child)
    console.log('  ready')

    const [check, ...rest] = image.healthcheck
    await run(join(bin, check), rest, where)
    console.log('  HEALTHCHECK: healthy')

    const certificate = name => join(image.env.CERTS_DIR, name)
    const answer = await run(
      'curl',
      [
        ...['--silent', '--show-error', '--include', '--max-time', '10', '--cacert', certificate('ca.crt')],
        ...['--cert', certificate('G99.21.records.crt'), '--key', certificate('G99.21.records.key')],
        ...['--header', 'Exchange-Purpose: reference-data'],
        `https://localhost:${exchange}/exchange/G99.10/categories/v1/provinces?pageSize=3`,
      ],
      where,
    )
    if (!/^HTTP\/1\.1 200 /.test(answer) || !/^exchange-receipt: \S+/im.test(answer) || !answer.includes('"total":34'))
      throw new Error(`the exchange was not answered as it should be:\n${answer}`)
    console.log('  exchange: 200 with a receipt')

    const verified = JSON.parse(await run(join(bin, program), [...entry, 'audit', 'verify', '--json'], where))
    if (verified.good !== true || verified.records < 2) throw new Error(`audit verify: ${JSON.stringify(verified)}`)
    console.log(`  audit verify: good, ${verified.records} records`)

    child.kill('SIGTERM')
    const stopped = await Promise.race([exited, sleep(STOPPED_MILLIS, null, { ref: false })])
    if (stopped === null || stopped[0] !== 0)
      throw new Error(`SIGTERM: ${stopped === null ? 'not stopped' : `exit code ${stopped[0]}`}`)
    console.log('  SIGTERM: drained, exit code 0')
  } catch (thrown) {
    throw new Error(`${thrown.message}\nwhat the image printed:\n${output()}`, { cause: thrown })
  }
}

async function ready(opsPort, child) {
  const until = Date.now() + READY_MILLIS
  while (Date.now() < until) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error('it ended before it was ready')
    const answer = await fetch(`http://127.0.0.1:${opsPort}/readyz`).catch(() => null)
    if (answer?.ok) return
    await sleep(200)
  }
  throw new Error('it was not ready in time')
}

/** A process that has just been told to end may need a moment. */
async function nothingLeft() {
  for (let attempt = 0; attempt < 25 && findProcesses(home).length > 0; attempt++) await sleep(200)
  const left = findProcesses(home)
  if (left.length > 0)
    throw new Error(`still running: ${left.map(({ pid, command }) => `${pid} ${command}`).join('; ')}`)
  console.log('  nothing is left running')
}

try {
  give(folder('home'), user)
  const bin = await tools()
  console.log(`  node ${process.version}, user ${user.uid}`)
  const image = await build(parseDockerfile(readFileSync(join(ROOT, 'Dockerfile'), 'utf8')), bin)
  await withoutDevelopmentPackages(image)
  await use(image, bin)
  await nothingLeft()
} finally {
  for (const { pid } of findProcesses(home)) process.kill(pid, 'SIGKILL')
  rmSync(home, { recursive: true, force: true, maxRetries: 5 })
}
