/** The bytes of standard, padded base64 (RFC 4648 section 4) in its one canonical spelling, or null. */
export function decodeBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64')
  // Buffer skips what is not base64, so only a spelling that it would write itself is taken.
  return bytes.toString('base64') === text ? bytes : null
}

export const encodeBase64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
