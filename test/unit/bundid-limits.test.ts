import { loginResponse } from '../../demo/bundid/saml/response.ts'
import { Reader } from '../../src/factors/bundid/reader.ts'
import { anyone, EID, encoded, federation } from '../support/bundid.ts'
import { leastCpu } from '../support/cpu.ts'

const start = (body: string): string =>
  `<saml2p:Response xmlns:saml2p="urn:oasis:names:tc:SAML:2.0:protocol" ID="_a">${body}</saml2p:Response>`
const references = (n: number): string =>
  start(
    `<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo>${'<Reference URI="#_a"/>'.repeat(n)}</SignedInfo></Signature>`,
  )
const doctype = (subset: string): string => `<!DOCTYPE a ${subset}>${start('')}`
const lol = Array.from({ length: 9 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join('')

const HOSTILE: [string, string, string][] = [
  ['nothing', '', 'failed'],
  ['no base64', '<xml/>', 'encoding'],
  ['base64 with junk', `${encoded(start(''))}%`, 'encoding'],
  ['bytes that are no UTF-8', Buffer.from([0x3c, 0xff, 0xfe, 0x3e]).toString('base64'), 'encoding'],
  ['UTF-16', Buffer.from(start(''), 'utf16le').toString('base64'), 'malformed'],
  ['NUL', encoded(start('\0')), 'schema'],
  ['no XML', encoded('Hallo'), 'malformed'],
  ['an open end', encoded(start('').slice(0, -3)), 'malformed'],
  ['two roots', encoded(start('') + start('')), 'malformed'],
  ['a bare DOCTYPE', encoded(doctype('')), 'markup'],
  ['a DOCTYPE after a declaration', encoded(`<?xml version="1.0"?>${doctype('')}`), 'markup'],
  ['an external entity', encoded(doctype('[<!ENTITY x SYSTEM "file:///etc/passwd">]')), 'markup'],
  ['an external DTD', encoded(doctype('SYSTEM "http://127.0.0.1:9/x.dtd"')), 'markup'],
  ['a billion laughs', encoded(doctype(`[<!ENTITY l0 "lol">${lol}]`)), 'markup'],
  ['a style sheet', encoded(`<?xml-stylesheet href="x"?>${start('')}`), 'markup'],
  [
    'XInclude',
    encoded(start('<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>')),
    'schema',
  ],
  ['2000 references', encoded(references(2000)), 'too_complex'],
  ['2 references', encoded(references(2)), 'too_complex'],
  ['10,000 elements, nested', encoded(start('<a>'.repeat(10_000) + '</a>'.repeat(10_000))), 'too_complex'],
  ['900 elements, nested', encoded(start('<a>'.repeat(900) + '</a>'.repeat(900))), 'schema'],
  [
    '5,000 attributes',
    encoded(start(`<a${Array.from({ length: 5_000 }, (_, n) => ` a${n}=""`).join('')}/>`)),
    'too_complex',
  ],
  [
    '50,000 attributes',
    encoded(start(`<a${Array.from({ length: 50_000 }, (_, n) => ` a${n}=""`).join('')}/>`)),
    'too_large',
  ],
  ['130 kB', encoded(start('x'.repeat(130 * 1024))), 'too_large'],
  ['8 MB', encoded(start('x'.repeat(8 * 1024 * 1024))), 'too_large'],
  ['8 MB of white space', ' '.repeat(8 * 1024 * 1024), 'too_large'],
  ['another document', encoded('<a xmlns="urn:x"/>'), 'structure'],
  [
    'a logout request',
    encoded('<p:LogoutRequest xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol"/>'),
    'structure',
  ],
]

describe('Hostile input', () => {
  const { factor, sender, addressee, answerTo } = federation()

  test.each(HOSTILE)(
    '%s is refused within two seconds of computing while the process goes on',
    async (_, SAMLResponse, cause) => {
      const { show, remember } = await factor.beginVerification([])
      const pulse = heartbeat()
      const { ms, results } = await leastCpu(2_000, () =>
        factor.finishVerification(remember, { ...answerTo(show, ''), SAMLResponse }, anyone),
      )
      expect(ms).toBeLessThan(2_000)
      expect(pulse.longestPause()).toBeLessThan(250)
      for (const verdict of results)
        expect(verdict).toMatchObject({
          ok: false,
          hint: cause === 'failed' ? { code: cause } : { code: 'failed', cause },
        })

      const good = answerTo(show, loginResponse(sender, addressee(show), EID))
      expect((await factor.finishVerification(remember, good, anyone)).ok).toBe(true)
    },
  )

  test('lines of base64 are read all the same', async () => {
    const { show, remember } = await factor.beginVerification([])
    const { SAMLResponse = '', ...rest } = answerTo(show, loginResponse(sender, addressee(show), EID))
    const lines = SAMLResponse.replace(/.{76}/g, '$&\r\n')
    expect((await factor.finishVerification(remember, { ...rest, SAMLResponse: lines }, anyone)).ok).toBe(
      true,
    )
  })
})

describe('The thread that reads', () => {
  const script = new URL('../support/saml/hanging-worker.ts', import.meta.url)
  const trust = { certificates: [], unsignedResponse: false, decryptionKeys: [] }

  test('is stopped when it takes too long, and followed by a new one', async () => {
    const reader = new Reader(trust, { script, deadline: 300 })
    const pulse = heartbeat()
    await expect(reader.read('spin')).rejects.toMatchObject({ reason: 'too_complex' })
    expect(pulse.longestPause()).toBeLessThan(250)
    expect(await reader.read('quick')).toBe('quick')
  })

  test('may die, and is followed by a new one', async () => {
    const reader = new Reader(trust, { script, deadline: 5_000 })
    for (const end of ['exit', 'throw', 'eat'])
      await expect(reader.read(end)).rejects.toMatchObject({ reason: 'too_complex' })
    expect(await reader.read('quick')).toBe('quick')
  })

  test('answers each in turn, whoever waits', async () => {
    const reader = new Reader(trust, { script, deadline: 300 })
    const asked = ['a', 'spin', 'b', 'c'].map((xml) => reader.read(xml).catch((error) => error.reason))
    expect(await Promise.all(asked)).toEqual(['a', 'too_complex', 'b', 'c'])
  })

  test('has a queue that ends: beyond it people are told to come back', async () => {
    const reader = new Reader(trust, { script, deadline: 5_000 })
    const asked = Array.from({ length: 60 }, () => reader.read('quick').catch((error) => error.code))
    const outcomes = await Promise.all(asked)
    expect(outcomes.filter((one) => one === 'quick')).toHaveLength(50)
    expect(outcomes.filter((one) => one === 'busy')).toHaveLength(10)
  })
})

/** Measures what this thread computes without a pause, whatever else the machine does; milliseconds. */
function heartbeat(): { longestPause(): number } {
  const spent = (): number => {
    const { user, system } = process.threadCpuUsage()
    return (user + system) / 1_000
  }
  let last = spent()
  let longest = 0
  const beat = (): void => {
    const now = spent()
    longest = Math.max(longest, now - last)
    last = now
  }
  const timer = setInterval(beat, 5)
  return {
    longestPause() {
      clearInterval(timer)
      beat()
      return longest
    },
  }
}
