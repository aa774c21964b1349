import type { Result } from '../domain/result.ts'

/** Tells of one thing wrong; parsers and checks go on after it, so that all of them are told at once. */
export type Report = (pointer: string, reason: string) => void

/** A parsed object and the pointer of the document that it was made of. */
export interface Entry<T> {
  readonly pointer: string
  readonly value: T
}

/** What was made of a list of the document. */
export interface Parsed<T> {
  readonly values: readonly T[]
  /** Those of it that were not kept of a revision in which everything held together. */
  readonly fresh: readonly Entry<T>[]
  /** Of the value at this position. */
  readonly pointerOf: (position: number) => string
}

export const entries = <T>({ values, pointerOf }: Parsed<T>): readonly Entry<T>[] =>
  values.map((value, position) => ({ value, pointer: pointerOf(position) }))

/** The value; or undefined after reporting why not. */
export function take<T>(result: Result<T>, pointer: string, report: Report): T | undefined {
  if (result.ok) return result.value
  report(pointer, result.error)
  return undefined
}

/** The list, or undefined where one of its items could not be made. */
export function complete<T>(items: readonly (T | undefined)[]): readonly T[] | undefined {
  return items.includes(undefined) ? undefined : (items as readonly T[])
}

/** An error text quotes what it is about, but never at the length somebody chose. */
export const quote = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text)

/** What an error text says of a value that should have been a text. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))
