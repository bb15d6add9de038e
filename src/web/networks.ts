import { BlockList, isIPv4 } from 'node:net'
import { type Network, STRANGERS } from '../journey/network.ts'
import type { Site } from '../settings/types.ts'

/** The network that an address belongs to: a registered site, else itself; of IPv6, the 64 bits that one household has. `requests`: in a minute, to each process. */
export type NetworkOf = (address: string) => Network & { requests: number }

export function createNetworks(sites: () => readonly Site[], requests: () => number): NetworkOf {
  // By the list itself: it is another one after each change of the settings.
  const made = new WeakMap<readonly Site[], { site: Site; block: BlockList }[]>()
  return (address) => {
    const list = sites()
    const blocks = made.get(list) ?? list.map((site) => ({ site, block: blockOf(site.networks) }))
    made.set(list, blocks)
    const family = isIPv4(address) ? 'ipv4' : 'ipv6'
    const at = blocks.find(({ block }) => block.check(address, family))
    if (at) return { key: `site:${at.site.name}`, site: at.site.name, ...at.site.limits }
    return { key: family === 'ipv4' ? address : prefix64(address), ...STRANGERS, requests: requests() }
  }
}

export function blockOf(ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', prefix] = range.split('/')
    const family = isIPv4(address) ? 'ipv4' : 'ipv6'
    if (prefix === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(prefix), family)
  }
  return list
}

/** `2001:db8::1` → `2001:db8:0:0::/64`. */
function prefix64(address: string): string {
  const [head = '', tail] = address.split('::')
  const parts = head.split(':').filter(Boolean)
  const rest = tail?.split(':').filter(Boolean) ?? []
  const zeros = tail === undefined ? 0 : 8 - parts.length - rest.length
  const all = [...parts, ...Array<string>(Math.max(0, zeros)).fill('0'), ...rest]
  return `${all
    .slice(0, 4)
    .map((part) => Number.parseInt(part, 16).toString(16))
    .join(':')}::/64`
}
