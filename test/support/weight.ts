import type { Page } from 'playwright-core'

export interface Weight {
  /** Requests a person waits for: neither the icon of the tab nor what a script asks for afterwards. */
  requests: number
  /** Bytes over the wire, headers included. */
  bytes: number
  fonts: number
  /** Bytes of scripts, without headers. */
  scripts: number
  hosts: Set<string>
}

/** Counts what a page costs, as the browser's network layer sees it. */
export async function weighing(page: Page): Promise<Weight> {
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('Network.enable')
  const seen: Weight = { requests: 0, bytes: 0, fonts: 0, scripts: 0, hosts: new Set() }
  const kinds = new Map<string, string>()
  cdp.on('Network.requestWillBeSent', ({ type }) => {
    if (type !== 'Other' && type !== 'Fetch') seen.requests++
  })
  cdp.on('Network.responseReceived', ({ requestId, type, response }) => {
    kinds.set(requestId, type)
    seen.hosts.add(new URL(response.url).host)
  })
  cdp.on('Network.dataReceived', ({ requestId, encodedDataLength }) => {
    if (kinds.get(requestId) === 'Script') seen.scripts += encodedDataLength
  })
  cdp.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    seen.bytes += encodedDataLength
    if (kinds.get(requestId) === 'Font') seen.fonts += encodedDataLength
  })
  return seen
}
