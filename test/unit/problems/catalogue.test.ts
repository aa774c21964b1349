import { describe, expect, it } from '@jest/globals'
import { readdirSync, readFileSync } from 'node:fs'
import { STATUS_CODES } from 'node:http'
import { fileURLToPath } from 'node:url'
import { catalogue, type ProblemEntry } from '../../../gateway/problems/catalogue.ts'

const rows = Object.entries(catalogue) as [string, ProblemEntry][]
const gateway = fileURLToPath(new URL('../../../gateway/', import.meta.url))
const sources = readdirSync(gateway, { recursive: true, encoding: 'utf8' })
  .filter(path => path.endsWith('.ts') && path !== 'problems/catalogue.ts')
  .map(path => readFileSync(gateway + path, 'utf8'))
  .join('\n')

describe.each(rows)('%s', (code, entry) => {
  it('is a kebab-case code', () => {
    expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/)
  })

  it('has an error status of HTTP; 499 is never sent, since the caller was gone', () => {
    expect(code === 'caller-gone' ? 499 : STATUS_CODES[entry.status]).toBeDefined()
    expect(entry.status).toBeGreaterThanOrEqual(400)
    expect(entry.status).toBeLessThan(600)
  })

  it('has a title and an advice in both languages, which differ', () => {
    for (const text of [entry.title, entry.advice]) {
      expect(text.en).toMatch(/^[\x20-\x7e]{5,200}$/)
      expect(text.vi.length).toBeGreaterThan(4)
      expect(text.vi).not.toBe(text.en)
      // Texts are NFC, so that they compare and render alike everywhere.
      expect(text.vi).toBe(text.vi.normalize('NFC'))
    }
    expect(entry.title.vi).toMatch(/[^\x00-\x7f]/)
    expect(entry.title.en).not.toMatch(/\.$/)
  })

  it('says when repeating can help: what is busy or down may be tried later', () => {
    expect(['never', 'after-fix', 'later']).toContain(entry.retry)
    if ([408, 429, 503, 504].includes(entry.status)) expect(entry.retry).toBe('later')
  })

  it('is used by the gateway', () => {
    expect(sources).toMatch(new RegExp(`'${code}'|\\b${code}:`))
  })
})
