import { expect } from '@jest/globals'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { catalogue, type ProblemCode, type Retry } from '../../../gateway/problems/catalogue.ts'
import { meanings } from './meanings.ts'
import type { Outcome, Row } from './row.ts'

export const PAGES = join(import.meta.dirname, '../../../docs/problems')

/** What a page shows: an answer that a row of the table got, or why none can get one there. */
export interface Example {
  readonly what: string
  readonly text: string
}

const retryInWords = {
  never: 'No: the call itself has to change.',
  'after-fix': 'After somebody has mended the cause.',
  later: 'Yes, later.',
} as const satisfies Record<Retry, string>

const shortRetry = {
  never: 'no',
  'after-fix': 'after a fix',
  later: 'later',
} as const satisfies Record<Retry, string>

/** The page of one code. `example`: a string says why the table holds none. */
export function pageOf(code: ProblemCode, example: Example | string): string {
  const { status, title, advice, retry } = catalogue[code]
  const { means, forwarded, recorded } = meanings[code]
  const shown = typeof example === 'string' ? `${example}\n` : `${example.what}:\n\n${example.text}`
  return `# ${code}

**${status} ${title.en}** · ${title.vi}

${means}

- What to do: ${advice.en} · ${advice.vi}
- Does repeating help? ${retryInWords[retry]}
- Was anything forwarded? ${forwarded}
- Record: ${recorded}

## Example

${shown}
[All problems](README.md)
`
}

/** Writes the page under UPDATE_DOCS=1; else the page has to be there and the same. */
export function checkPage(code: ProblemCode, example: Example | string): void {
  checkFile(`${code}.md`, pageOf(code, example))
}

export function checkFile(name: string, text: string): void {
  const path = join(PAGES, name)
  if (process.env.UPDATE_DOCS === '1') writeFileSync(path, text)
  expect(existsSync(path) ? readFileSync(path, 'utf8') : `${path} is missing: run with UPDATE_DOCS=1`).toBe(text)
}

/** The request and its answer as fences. What differs from run to run is replaced. */
export function exampleOf({ call }: Row, outcome: Outcome): string {
  const request = outcome.shown ?? (typeof call === 'function' ? null : requestShown(call))
  if (request === null) throw new Error('a row that documents a page says what was sent')
  const headers = ['content-type', 'exchange-id', 'exchange-problem', 'retry-after', 'connection'].flatMap(name => {
    const value = outcome.headers[name]
    return typeof value === 'string' && !(name === 'connection' && value !== 'close')
      ? [`${capital(name)}: ${value}`]
      : []
  })
  const answer = [`HTTP/1.1 ${outcome.status}`, ...headers, '', JSON.stringify(outcome.json, null, 2)].join('\n')
  return `\`\`\`http\n${request.trimEnd()}\n\`\`\`\n\n\`\`\`http\n${steady(answer)}\n\`\`\`\n`
}

const LONGEST_BODY = 300

function requestShown({
  method = 'GET',
  path,
  headers = {},
  body,
}: Exclude<Row['call'], (...args: never) => unknown>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${capital(name)}: ${String(value)}`)
  const shortPath = path.length > LONGEST_BODY ? `${path.slice(0, 60)}... (${path.length} characters)` : path
  return [`${method} ${shortPath} HTTP/1.1`, ...lines, '', ...(body === undefined ? [] : [bodyShown(body)])].join('\n')
}

function bodyShown(body: string | Uint8Array): string {
  const text = typeof body === 'string' ? body : Buffer.from(body).toString('latin1')
  return text.length > LONGEST_BODY || !/^[\x20-\x7e\n]*$/.test(text) ? `(${text.length} bytes)` : text
}

const capital = (name: string): string =>
  name.replaceAll(/(^|-)([a-z])/g, (_, dash: string, letter: string) => dash + letter.toUpperCase())

const steady = (text: string): string =>
  text
    .replaceAll(
      /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g,
      '019a0000-0000-7000-8000-000000000001',
    )
    .replaceAll(/^Retry-After: \d+$/gm, 'Retry-After: 30')

/** The index: every code, in the order of the catalogue. */
export function indexPage(): string {
  const rows = Object.entries(catalogue).map(
    ([code, { status, title, retry, advice }]) =>
      `| [\`${code}\`](${code}.md) | ${status} | ${title.en} | ${shortRetry[retry]} | ${advice.en} |`,
  )
  return `# Problems

Every "no" that a caller can see, as \`application/problem+json\` (RFC 9457). \`code\` is stable, texts may improve; \`detail\` may say
more. Titles come in Vietnamese where \`Accept-Language\` asks for it. For validation, \`violations\` names each place by JSON Pointer
and keyword, never the value. An answer with \`Exchange-Problem\` comes from the gateway, one without it from the provider.

These pages are made from the catalogue and from what a running gateway answered in the tests: \`test/e2e/refusals\`.
\`caller-gone\` stands in records only: there was nobody to answer.

| code | status | title | does repeating help | what to do |
|---|---|---|---|---|
${rows.join('\n')}
`
}
