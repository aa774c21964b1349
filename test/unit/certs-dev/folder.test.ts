import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import { openFolder } from '../../../certs-dev/certificate-folder.ts'
import { newFolder } from './world.ts'

it('of two that make the same key, the second goes on with the first one', () => {
  const path = newFolder()
  const [one, two] = [openFolder(path), openFolder(path)]
  expect([one.read('ca.key'), two.read('ca.key')]).toEqual([null, null])
  expect(one.writePrivateOnce('ca.key', 'first')).toBe('first')
  expect(two.writePrivateOnce('ca.key', 'second')).toBe('first')
  expect(one.read('ca.key')).toBe('first')
  expect(statSync(join(path, 'ca.key')).mode & 0o777).toBe(0o600)
  expect(readdirSync(path)).toEqual(['ca.key'])
})
