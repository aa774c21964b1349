/** Tables for people. */

export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = [head, ...rows].map(row => row.map(String))
  const widths = head.map((_title, column) => Math.max(...cells.map(row => (row[column] ?? '').length)))
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd()
  const [title = [], ...body] = cells
  return [line(title), line(widths.map(width => '-'.repeat(width))), ...body.map(line)].join('\n')
}

export const round = (value: number, digits = 1): string => value.toFixed(digits)
export const percent = (share: number): string => `${(share * 100).toFixed(1)} %`
export const millis = (micros: number): string => `${(micros / 1000).toFixed(2)} ms`
export const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MB`
