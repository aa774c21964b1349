import { describe, expect, it } from '@jest/globals'
import type { Method } from '../../../gateway/domain/service-id.ts'
import { makeRouter } from '../../../gateway/snapshot/router.ts'
import { operation } from './world.ts'

const router = makeRouter([
  operation('GET', '/items'),
  operation('POST', '/items'),
  operation('GET', '/items/{id}'),
  operation('GET', '/items/search'),
  operation('DELETE', '/items/{id}'),
  operation('GET', '/items/{id}/parts/{part}'),
  operation('GET', '/items/search/parts'),
  operation('GET', '/{any}/list'),
  operation('GET', '/a/b/c'),
  operation('GET', '/a/{x}/d'),
  operation('GET', '/{x}/b/e'),
])

describe('the router', () => {
  it.each<[string, Method, string, string, Record<string, string>]>([
    ['a literal', 'GET', 'items', '/items', {}],
    ['another method of it', 'POST', 'items', '/items', {}],
    ['a parameter, still encoded', 'GET', 'items/%2017', '/items/{id}', { id: '%2017' }],
    ['a literal before a parameter', 'GET', 'items/search', '/items/search', {}],
    // The literal has no DELETE: the parameter in its place has.
    ['back from a literal without the method', 'DELETE', 'items/search', '/items/{id}', { id: 'search' }],
    ['two parameters', 'GET', 'items/1/parts/2', '/items/{id}/parts/{part}', { id: '1', part: '2' }],
    [
      'back from a literal that leads nowhere',
      'GET',
      'items/search/parts/2',
      '/items/{id}/parts/{part}',
      { id: 'search', part: '2' },
    ],
    ['a literal path that goes on', 'GET', 'items/search/parts', '/items/search/parts', {}],
    ['a parameter in front', 'GET', 'things/list', '/{any}/list', { any: 'things' }],
    // `items/{id}` is found before the `{any}` in front is tried.
    ['the deepest literal first', 'GET', 'items/list', '/items/{id}', { id: 'list' }],
    ['back over one step', 'GET', 'a/b/d', '/a/{x}/d', { x: 'b' }],
    ['back over two steps', 'GET', 'a/b/e', '/{x}/b/e', { x: 'a' }],
  ])('finds %s', (_, method, path, template, parameters) => {
    const match = router.match(method, path.split('/'))
    expect([match?.operation.method, match?.operation.template]).toEqual([method, template])
    expect(Object.fromEntries(match?.pathParameters ?? [])).toEqual(parameters)
  })

  it.each([
    ['an unknown path', 'GET', ['nothing']],
    ['the method in small letters', 'get', ['items']],
    ['HEAD for GET', 'HEAD', ['items']],
    ['a path too short', 'GET', []],
    ['a path too long', 'GET', ['items', '1', 'parts', '2', 'x']],
    ['other capitals', 'GET', ['Items']],
    ['a name of Object.prototype', 'GET', ['constructor']],
    ['a template as path', 'GET', ['{id}', 'x', 'y']],
  ])('finds nothing for %s', (_, method, segments) => {
    expect(router.match(method, segments)).toBeNull()
  })

  it('takes a long hostile path in no time', () => {
    const deep = makeRouter(
      Array.from({ length: 30 }, (_, i) => operation('GET', '/a'.repeat(i) + '/{x}'.repeat(30 - i))),
    )
    const started = performance.now()
    expect(
      deep.match(
        'POST',
        Array.from({ length: 30 }, () => 'a'),
      ),
    ).toBeNull()
    expect(performance.now() - started).toBeLessThan(200)
  })
})
