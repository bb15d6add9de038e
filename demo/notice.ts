import type { DemoAccount } from './accounts.ts'
import type { Demo } from './start.ts'

const RULE = '─'.repeat(72)

/** What the person at the terminal needs to know. */
export const notice = ({ issuer, portal, bundid, mail, accounts, folder }: Demo): string =>
  [
    RULE,
    `Pforte is ready: ${issuer}`,
    '',
    `Portal:          ${portal}   (begin here)`,
    `BundID stand-in: ${bundid}   („Erika Mustermann“ there is erika here)`,
    `Service desk:    ${issuer}/desk   (for berta and otto, with a passkey)`,
    `Mail catcher:    ${mail.page}   (takes mail on port ${mail.smtpPort})`,
    '',
    'Demo accounts, made for this machine alone:',
    ...accounts.flatMap(linesOf),
    '',
    `Kept in ${folder}; delete that folder to begin anew.`,
    'Ctrl-C stops everything.',
    RULE,
  ].join('\n')

const linesOf = ({ username, password, totp, officer, codeTo }: DemoAccount): string[] => [
  '',
  `  User name:     ${username}`,
  `  Password:      ${password}`,
  ...(totp
    ? [`  TOTP key:      ${totp.key}`, `  For the app:   ${totp.uri}`]
    : officer
      ? ['  At the service desk; the first login there sets up a passkey.']
      : ['  With the password alone: the first login sets up a second factor.']),
  ...(codeTo ? [`  Before that, a code by mail to ${codeTo}: see the mail catcher.`] : []),
]
