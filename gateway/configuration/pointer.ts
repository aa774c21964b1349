/** RFC 6901 section 3: a reference token as it stands in a JSON Pointer. */
export const escapeToken = (token: string): string => token.replaceAll('~', '~0').replaceAll('/', '~1')

/** The pointer one token below `pointer`. */
export const below = (pointer: string, token: string | number): string => `${pointer}/${escapeToken(String(token))}`

export const pointerOf = (tokens: readonly (string | number)[]): string => tokens.reduce<string>(below, '')

/** RFC 6901 section 4: the tokens of a well-formed pointer. */
export const tokensOf = (pointer: string): readonly string[] =>
  pointer
    .split('/')
    .slice(1)
    .map(token => token.replaceAll('~1', '/').replaceAll('~0', '~'))
