import { once } from 'node:events'
import { createReadStream, fstatSync, type ReadStream } from 'node:fs'
import { createCircuit } from '../../store/circuit.ts'
import { createImports } from '../../store/import.ts'
import { guard } from '../../store/postgres.ts'
import { CommandError, EXIT } from '../exit.ts'
import { withStores } from '../open.ts'
import { counted, createReport } from './report.ts'
import { importLines, type Tally } from './run.ts'

/** Imports accounts from a file, or from standard input where it is `-`. `EXIT.data` where lines were refused. */
export async function importAccounts(path: string): Promise<number> {
  const { input, size } = path === '-' ? { input: process.stdin, size: undefined } : await openFile(path)
  const tally = await withStores(async ({ pool, seal }) => {
    const report = createReport(size)
    const imports = guard(createImports(pool, seal), createCircuit())
    return importLines(input, imports, report).finally(report.end)
  })
  console.log(told(tally))
  return tally.refused > 0 || tally.brokenOff ? EXIT.data : 0
}

async function openFile(path: string): Promise<{ input: ReadStream; size: number | undefined }> {
  const input = createReadStream(path)
  try {
    const [fd] = (await once(input, 'open')) as [number]
    const stat = fstatSync(fd)
    if (stat.isDirectory()) throw new Error('it is a directory')
    return { input, size: stat.isFile() ? stat.size : undefined }
  } catch (error) {
    throw new CommandError(
      'noInput',
      `${path} cannot be read: ${error instanceof Error ? error.message : error}.`,
    )
  }
}

function told({ linesDone, imported, refused, resumedAfter, brokenOff }: Tally): string {
  const blank = linesDone - imported - refused
  return [
    `${counted(linesDone)} lines: ${counted(imported)} imported, ${counted(refused)} refused` +
      (blank > 0 ? `, ${counted(blank)} blank.` : '.'),
    ...(resumedAfter > 0 ? [`Lines up to ${counted(resumedAfter)} were done in an earlier run.`] : []),
    ...(brokenOff
      ? [
          `The input breaks off within line ${brokenOff}. Give the same command the whole input: it goes on there.`,
        ]
      : []),
    ...(refused > 0 ? ['Correct the refused lines and import them in a file of their own.'] : []),
  ].join('\n')
}
