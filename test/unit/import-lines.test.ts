import fc from 'fast-check'
import { type Line, LONGEST, linesOf } from '../../src/cli/import/lines.ts'

async function* inChunks(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  for (let from = 0, i = 0; from < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1
    yield bytes.subarray(from, from + size)
    from += size
  }
}

async function split(text: string, sizes: readonly number[] = [65_536]): Promise<Line[]> {
  const lines: Line[] = []
  for await (const line of linesOf(inChunks(Buffer.from(text), sizes))) lines.push(line)
  return lines
}

const texts = (lines: readonly Line[]) => lines.map(({ bytes }) => bytes.toString())

test('Lines are the same however their bytes arrive', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: fc.constantFrom('a', 'ß', '€', '\r') })),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
      async (written, sizes) => {
        const lines = await split(written.map((line) => `${line}\n`).join(''), sizes)
        expect(texts(lines)).toEqual(written)
        expect(lines.every(({ number, ended }, i) => ended && number === i + 1)).toBe(true)
        expect(lines.at(-1)?.offset ?? 0).toBe(Buffer.byteLength(written.map((line) => `${line}\n`).join('')))
      },
    ),
  ))

test('A last line without its end is told apart', async () => {
  const lines = await split('a\nb', [1])
  expect(lines.map(({ bytes, ended }) => [bytes.toString(), ended])).toEqual([
    ['a', true],
    ['b', false],
  ])
})

test('A line without end is cut off, and the next one is whole', async () => {
  const lines = await split(`${'x'.repeat(3 * LONGEST)}\nnext\n${'y'.repeat(LONGEST)}\n`, [1000])
  expect(lines.map(({ bytes, tooLong }) => [bytes.length, tooLong])).toEqual([
    [LONGEST, true],
    [4, false],
    [LONGEST, false],
  ])
})
