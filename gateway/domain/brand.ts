declare const brand: unique symbol

/** A string or number that only a parser of this room may mint (STYLE.md 11): an unparsed one does not compile. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name }
