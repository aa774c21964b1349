import * as library from 'structured-headers'

/**
 * Structured fields (RFC 8941, 9651) as signatures need them. The types of the package name one of the browser's that is not loaded
 * here; these are the same without it.
 */
export type BareItem = number | string | boolean | object
export type Parameters = ReadonlyMap<string, BareItem>
export type Item = readonly [BareItem, Parameters]
export type InnerList = readonly [readonly Item[], Parameters]
export type Dictionary = ReadonlyMap<string, Item | InnerList>

export const isInnerList = (member: Item | InnerList): member is InnerList => Array.isArray(member[0])

/**
 * RFC 8941 section 4.1: there is one way to write a structured field. What is written otherwise is null: duplicate members and
 * parameters, of which readers take the last, and white space that a proxy may change.
 */
export function readCanonical(text: string): Dictionary | null {
  try {
    const dictionary = library.parseDictionary(text)
    return library.serializeDictionary(dictionary) === text ? dictionary : null
  } catch {
    return null
  }
}

export const writeItem = (item: Item): string => library.serializeItem(item as never)
export const writeInnerList = (list: InnerList): string => library.serializeInnerList(list as never)
export const writeBytes = (bytes: Uint8Array): string => `:${Buffer.from(bytes).toString('base64')}:`
