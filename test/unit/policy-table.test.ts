import { COLUMNS, rowsOf, stepOf } from '../support/table.ts'
import { FACTORS } from '../support/worlds.ts'

const rows = rowsOf('test/unit/policy-table.txt')

test('Each line of the table gives the step that it says', () => {
  const wrong = rows
    .map((row) => ({
      line: COLUMNS.slice(0, 5)
        .map((name) => row[name])
        .join(' | '),
      said: row.step,
      is: stepOf(row),
    }))
    .filter(({ said, is }) => said !== is)
  expect(wrong).toEqual([])
})

describe('The table', () => {
  test('has more than 200 lines, each of which stands there once', () => {
    const questions = rows.map(({ step: _, ...question }) => JSON.stringify(question))
    expect(questions.length).toBeGreaterThan(200)
    expect(new Set(questions).size).toBe(questions.length)
  })

  test('lets nobody in from the date on who has proven one kind of thing', () => {
    const late = rows.filter(({ date, step }) => date === 'required' && step.startsWith('done'))
    expect(late.length).toBeGreaterThan(20)
    expect(late.filter(({ proven }) => /^pw( \(|$)/.test(proven))).toEqual([])
  })

  test('never lets anybody in below what the client or the request asks for', () => {
    const reaches: Record<string, RegExp> = {
      '-': /./,
      mfa: /^(mfa|phr|substantial|high)$/,
      phr: /^phr$/,
      substantial: /^(substantial|high)$/,
      high: /^high$/,
    }
    const proves = (proven: string): string[] => [
      ...(proven.includes('pk') ? ['mfa', 'phr'] : []),
      ...(proven.includes('totp') ? ['mfa'] : []),
      ...(/elster|eid/.test(proven) ? ['mfa', 'substantial'] : []),
      ...(proven.includes('eid') ? ['high'] : []),
    ]
    const done = rows.filter(({ step }) => step.startsWith('done'))
    const floor: Record<string, string> = { portal: '-', bank: 'phr', register: 'substantial' }
    const below = done.filter(({ proven, client, asked }) => {
      const wanted = [floor[client] ?? '', ...asked.split(' ').filter((word) => word in reaches)]
      return wanted.some((level) => level !== '-' && !proves(proven).some((one) => reaches[level]?.test(one)))
    })
    expect(below).toEqual([])
  })

  test('is about the factors there are', () => {
    const offered = new Set(rows.flatMap(({ step }) => step.split(' ').slice(1)))
    for (const { id } of FACTORS) expect(offered).toContain(id)
  })
})
