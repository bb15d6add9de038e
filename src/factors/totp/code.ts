/**
 * Reads a typed or pasted code: spaces and invisible marks go, full-width and Arabic digits become ASCII ones, because
 * phones show codes in the digits of their language.
 */
export function readCode(typed: string | undefined): { code: string } | { problem: 'empty' | 'format' } {
  const code = (typed ?? '')
    .normalize('NFKC')
    .replace(/[\s\p{Cf}]/gu, '')
    .replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => String(digit.charCodeAt(0) & 0xf))
  if (code === '') return { problem: 'empty' }
  return /^[0-9]{6}$/.test(code) ? { code } : { problem: 'format' }
}
