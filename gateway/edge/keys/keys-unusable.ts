/** Keys that cannot be used as they are: the message says which, and names the variable or the file to mend. It holds no secret. */
export class KeysUnusable extends Error {
  override readonly name = 'KeysUnusable'
}
