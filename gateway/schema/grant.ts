import { must } from '../domain/result.ts'
import { parsePointer } from './pointer.ts'

/** A set of granted pointers as a tree: where a value stands in it says what of the value is granted. */
export interface GrantNode {
  /** Everything from here on. */
  all: boolean
  readonly members: Map<string, GrantNode>
  /** `*`: every item of an array, any member of an object. */
  any: GrantNode | null
}

/** Compiled by `compileGrant`; not to be changed. More than one node where `*` and a name both lead to a value. */
export type Grant = readonly GrantNode[]

const newNode = (): GrantNode => ({ all: false, members: new Map(), any: null })

/**
 * Compiles the pointers of an agreement (RFC 6901, with `*` for every item of an array or any member of an object). A pointer
 * grants what it names and everything below; `` grants all; no pointer, nothing. Arrays are entered by `*` only: an index would
 * name another item once an earlier one is gone. Throws for a text that is no pointer: configuration has parsed it.
 */
export function compileGrant(pointers: readonly string[]): Grant {
  const root = newNode()
  for (const pointer of pointers) {
    let node = root
    for (const token of must(parsePointer(pointer))) {
      if (token === '*') node = node.any ??= newNode()
      else {
        const next = node.members.get(token) ?? newNode()
        node.members.set(token, next)
        node = next
      }
    }
    node.all = true
  }
  return [root]
}

/** What the grant says of a member; null: it is not granted, nor is anything in it. */
export function grantOfMember(grant: Grant, name: string): Grant | null {
  let found: GrantNode[] | null = null
  for (const node of grant) {
    const named = node.members.get(name)
    if (named) found = add(found, named)
    if (node.any) found = add(found, node.any)
  }
  return found
}

/** What the grant says of each item of an array; null: nothing. */
export function grantOfItems(grant: Grant): Grant | null {
  let found: GrantNode[] | null = null
  for (const node of grant) if (node.any) found = add(found, node.any)
  return found
}

function add(found: GrantNode[] | null, node: GrantNode): GrantNode[] {
  if (!found) return [node]
  found.push(node)
  return found
}

/** Whether the value and everything in it is granted. */
export function isWhole(grant: Grant): boolean {
  for (const node of grant) if (node.all) return true
  return false
}
