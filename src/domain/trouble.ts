import type { Machine } from './machine.ts'

/** Where somebody is stuck, as far as the service desk needs it: nothing of it says who it is. */
export interface Trouble extends Machine {
  /** Milliseconds since 1970. */
  at: number
  /** What the person was doing: `login`, `account` and the like; `other` where that is not known. */
  flow: string
  /** The page, by its name or the pattern of its address. */
  step: string
  /** The key of the message, or the code of the error; `asked` where the person looked for help. */
  cause: string
  clientId?: string
}

/** Of an address, what the person was doing there. */
export function flowOf(path: string): string {
  const [, first = ''] = path.split('/')
  return FLOWS[first] ?? 'other'
}

const FLOWS: Readonly<Record<string, string>> = {
  account: 'account',
  authorize: 'login',
  desk: 'desk',
  device: 'device',
  freeze: 'freeze',
  interaction: 'login',
  logout: 'logout',
  phone: 'phone',
  workplace: 'workplace',
}
