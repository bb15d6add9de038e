/** Browser and system in the words people know, coarse enough to follow nobody; empty where they are not known. */
export interface Machine {
  browser: string
  system: string
}

/** Order matters: most browsers claim to be others, too. */
const BROWSERS: readonly [RegExp, string][] = [
  [/\bEdg(e|A|iOS)?\//, 'Edge'],
  [/\bOPR\/|\bOpera\b/, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\bFirefox\/|\bFxiOS\//, 'Firefox'],
  [/\bChrom(e|ium)\/|\bHeadlessChrome\/|\bCriOS\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
]
const SYSTEMS: readonly [RegExp, string][] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b|\bMacintosh\b/, 'Mac'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
]

/** What a `User-Agent` header says; nothing is decided by it. */
export function machineOf(userAgent: string): Machine {
  const name = (list: typeof BROWSERS): string => list.find(([sign]) => sign.test(userAgent))?.[1] ?? ''
  return { browser: name(BROWSERS), system: name(SYSTEMS) }
}
