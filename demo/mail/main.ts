import { placeOf } from '../listen.ts'
import { runUntilStopped } from '../process.ts'
import { openMailCatcher } from './catcher.ts'

/** The mail catcher by itself. */
await runUntilStopped(async (env) => {
  const host = env.HOST || '127.0.0.1'
  const mail = await openMailCatcher(
    placeOf(env, 'MAIL_PORT', 8025, host),
    placeOf(env, 'SMTP_PORT', 1025, host),
  )
  console.log(`Mail catcher is ready: ${mail.page}, takes mail on port ${mail.smtpPort}`)
  return mail.close
})
