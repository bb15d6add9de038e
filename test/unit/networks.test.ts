import { STRANGERS } from '../../src/journey/network.ts'
import type { Site } from '../../src/settings/types.ts'
import { createNetworks } from '../../src/web/networks.ts'

const limits = { guesses: 9, codes: 8, registrations: 7, requests: 6 }
const site = (name: string, ...networks: string[]): Site => ({ name, networks, limits })

describe('The network that an address belongs to', () => {
  const networkOf = createNetworks(
    () => sites,
    () => 5,
  )
  let sites: readonly Site[] = [site('Job Point', '192.0.2.0/24', '2001:db8:1::/48', '198.51.100.7')]

  test.each(['192.0.2.1', '192.0.2.255', '2001:db8:1:ffff::1', '198.51.100.7'])(
    '%s is at the registered site, with its limits',
    (address) => {
      expect(networkOf(address)).toEqual({ key: 'site:Job Point', site: 'Job Point', ...limits })
    },
  )

  test.each([
    ['192.0.3.1', '192.0.3.1'],
    ['198.51.100.8', '198.51.100.8'],
    ['2001:db8:2::1', '2001:db8:2:0::/64'],
    ['2001:0db8:0002:0000:1:2:3:4', '2001:db8:2:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['', '::/64'],
  ])('%j is nobody’s site: it counts as %s', (address, key) => {
    expect(networkOf(address)).toEqual({ key, ...STRANGERS, requests: 5 })
  })

  test('changes with the settings', () => {
    expect(networkOf('203.0.113.1').key).toBe('203.0.113.1')
    sites = [site('Halle', '203.0.113.0/24')]
    expect(networkOf('203.0.113.1').key).toBe('site:Halle')
    expect(networkOf('192.0.2.1').key).toBe('192.0.2.1')
  })
})
