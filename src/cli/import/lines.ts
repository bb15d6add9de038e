/** One line of the input, without its end. */
export interface Line {
  /** From 1. */
  number: number
  /** Cut off after `LONGEST` bytes. */
  bytes: Buffer
  tooLong: boolean
  /** False for a last line without its end: it may have been cut off. */
  ended: boolean
  /** Bytes of the input up to here. */
  offset: number
}

export const LONGEST = 64 * 1024
const NEWLINE = 10

/** Splits bytes into lines, whatever the chunks; a line without end takes no more memory than the longest. */
export async function* linesOf(input: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  let parts: Buffer[] = []
  let [kept, length, number, offset] = [0, 0, 0, 0]

  const keep = (part: Buffer): void => {
    length += part.length
    if (kept >= LONGEST) return
    const room = part.subarray(0, LONGEST - kept)
    parts.push(room)
    kept += room.length
  }
  const take = (ended: boolean): Line => {
    const line = { number: ++number, bytes: Buffer.concat(parts), tooLong: length > LONGEST, ended, offset }
    parts = []
    kept = length = 0
    return line
  }
  for await (const chunk of input) {
    const before = offset
    let from = 0
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      keep(chunk.subarray(from, at))
      from = at + 1
      offset = before + from
      yield take(true)
    }
    keep(chunk.subarray(from))
    offset = before + chunk.length
  }
  if (length > 0) yield take(false)
}
