const ANY = /[\ud800-\udfff]/
const LONE = /\p{Surrogate}/u

/** Half a character of UTF-16: it has no UTF-8, so it could not be stored as it was signed. */
export const hasLoneSurrogate = (text: string): boolean => ANY.test(text) && LONE.test(text)
