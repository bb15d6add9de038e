import { Command, CommanderError } from 'commander'
import { createAccount, eraseAccount, lockAccount, showAccount, unlockAccount } from './accounts.ts'
import { addAuditCommands } from './audit.ts'
import { printMetadata } from './bundid.ts'
import { checkConfiguration } from './check.ts'
import { addClientCommands } from './clients/index.ts'
import { addDeskCommands } from './desk.ts'
import { EXIT, explain } from './exit.ts'
import { addHelpCommand } from './help.ts'
import { importAccounts } from './import/index.ts'
import { addKeyCommands } from './keys.ts'
import { checkMigrations, runMigrations } from './migrate.ts'
import { checkPolicy } from './policy/check.ts'
import { explainPolicy } from './policy/explain.ts'
import { showRollout } from './policy/rollout.ts'
import { simulatePolicy } from './policy/simulate.ts'
import { testPolicy } from './policy/test.ts'
import { writeSchemas } from './schema.ts'
import { addSessionCommands } from './sessions.ts'
import { addWorkplaceCommands } from './workplaces.ts'

/** Each action resolves to the exit code of the process. */
function commands(ended: (code: number) => void): Command {
  const pforte = new Command('pforte')
    .description(
      'Administers Pforte. Configuration comes from the environment and config/, as for the server.',
    )
    .exitOverride()
    .showHelpAfterError('Add --help to see how it is used.')

  pforte
    .command('migrate')
    .description('bring the database up to date')
    .option('--check', 'change nothing; name what has not run yet and exit 1 if there is anything')
    .action(async ({ check }) => ended(await (check ? checkMigrations() : runMigrations())))

  pforte
    .command('check')
    .description('check the configuration and say what it amounts to now')
    .action(() => ended(checkConfiguration()))

  pforte
    .command('schema')
    .description('write the JSON Schemas of the configuration files, for editors')
    .action(() => ended(writeSchemas()))

  pforte
    .command('bundid')
    .description('what BundID, or an account of its kind, must know of this server')
    .command('metadata')
    .description('print the SAML metadata that is uploaded there')
    .argument('[name]', 'which of identity_providers', 'bundid')
    .action((name) => ended(printMetadata(name)))

  const accounts = pforte
    .command('accounts')
    .description('create, show, lock, unlock, erase and import accounts')
  const WHO = 'user name, e-mail address or id'

  accounts
    .command('create <username>')
    .description('create an account; its password is read from standard input')
    .requiredOption('--group <group>', 'customer group, by which policy rules select')
    .option('--email <address>', 'a second name to sign in with')
    .option('--email-verified', 'the address is known to be theirs')
    .option('--given-name <name>', 'first names')
    .option('--family-name <name>', 'family name')
    .option('--customer-number <number>', 'customer number, unique')
    .option('--locale <tag>', 'language of mails and pages, where the browser says nothing else', 'de')
    .action(async (username, { emailVerified, givenName, familyName, customerNumber, ...rest }) => {
      const fields = {
        username,
        ...rest,
        ...(emailVerified ? { email_verified: true } : {}),
        ...(givenName === undefined ? {} : { given_name: givenName }),
        ...(familyName === undefined ? {} : { family_name: familyName }),
        ...(customerNumber === undefined ? {} : { customer_number: customerNumber }),
      }
      ended(await createAccount(fields))
    })

  accounts
    .command('show <who>')
    .description(`show an account by ${WHO}, without secrets`)
    .action(async (who) => ended(await showAccount(who)))

  accounts
    .command('lock <who>')
    .description('refuse every login and end all refresh tokens')
    .action(async (who) => ended(await lockAccount(who)))

  accounts
    .command('unlock <who>')
    .description('permit logins again, and forget failed attempts')
    .action(async (who) => ended(await unlockAccount(who)))

  accounts
    .command('erase <who>')
    .description(
      'erase an account with everything stored of it, at once; its audit rows stay, without a name',
    )
    .option('--yes', 'it is meant')
    .action(async (who, options) => ended(await eraseAccount(who, options)))

  accounts
    .command('import <file>')
    .description('import accounts from a file of one JSON object per line, or from standard input (-)')
    .addHelpText('after', IMPORT_HELP)
    .action(async (file) => ended(await importAccounts(file)))

  addClientCommands(pforte, ended)
  addKeyCommands(pforte, ended)
  addSessionCommands(pforte, ended)
  addAuditCommands(pforte, ended)
  addHelpCommand(pforte, ended)
  addWorkplaceCommands(pforte, ended)
  addDeskCommands(pforte, ended)
  policyCommands(pforte, ended)
  return pforte
}

function policyCommands(pforte: Command, ended: (code: number) => void): void {
  const policy = pforte.command('policy').description('check, explain, test and simulate the policy')
  const AT = 'an instant with offset, for example 2025-04-29T00:00:00+02:00; now, where left out'

  policy
    .command('check')
    .description('check the policy and say what it demands of whom, and since when')
    .action(async () => ended(await checkPolicy()))

  policy
    .command('test')
    .description('run the cases in policy.cases.yaml; exit 1 if one fails')
    .action(() => ended(testPolicy()))

  policy
    .command('explain')
    .description('say which rules match an account at an application, and what its login would be')
    .requiredOption('--account <who>', 'user name, e-mail address or id')
    .requiredOption('--client <id>', 'the application')
    .option('--acr <value>', 'the level that the request asks for')
    .option('--at <instant>', AT)
    .action(async (question) => ended(await explainPolicy(question)))

  policy
    .command('rollout')
    .description('print how far people came in each stage of a roll-out, by rule and customer group')
    .option('--since <instant>', 'count from this hour on; everything, where left out')
    .action(async (options) => ended(await showRollout(options)))

  policy
    .command('simulate')
    .description('forecast how the login of every account would end; changes nothing')
    .option('--at <instant>', AT)
    .option('--client <id>', 'one application; the worst of all, where left out')
    .option('--csv <file>', 'write the accounts whose login does not simply succeed into this file')
    .option('--threshold <percent>', 'exit 2 if more of the accounts than this would be stuck', '0')
    .action(async (options) => ended(await simulatePolicy(options)))
}

const IMPORT_HELP = `
Each line: {"username":"max","group":"citizens","password_hash":"$argon2id$…"} and, if you like, "id", "email",
"email_verified", "given_name", "family_name", "customer_number", "locale". Hashes: argon2id, bcrypt, PBKDF2.
A line that cannot be imported is reported with its number and left out. After an interruption the same command goes
on where it stopped. Exit code ${EXIT.data}: some lines were refused.`

try {
  await commands((code) => {
    process.exitCode = code
  }).parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : EXIT.usage
  else {
    const { code, text } = explain(error)
    console.error(text)
    process.exitCode = code
  }
}
// Whoever still writes to us need not: nothing reads it any more.
process.stdin.destroy()
