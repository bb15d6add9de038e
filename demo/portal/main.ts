import { createServer } from 'node:http'
import { Findings, SettingsError } from '../../src/settings/findings.ts'
import { variable } from '../../src/settings/secrets.ts'
import { close, listen, placeOf } from '../listen.ts'
import { runUntilStopped } from '../process.ts'
import { createPortal } from './app.ts'

/** The portal by itself, for a provider that runs elsewhere. */
await runUntilStopped(async (env) => {
  const findings = new Findings()
  const clientSecret = variable(env, 'PORTAL_CLIENT_SECRET', findings)
  if (!clientSecret)
    findings.add('environment', 'PORTAL_CLIENT_SECRET', 'is missing', 'Set it, or its _FILE.')
  if (!clientSecret || findings.all.length > 0) throw new SettingsError(findings.all)
  const place = placeOf(env, 'PORTAL_PORT', 3001, env.HOST || '127.0.0.1')
  const origin = `http://localhost:${place.port}`
  const { handler } = createPortal({
    issuer: env.PFORTE_ISSUER || 'http://localhost:3000',
    clientId: 'portal',
    clientSecret,
    origin,
    now: Date.now,
    onError: console.error,
  })
  const server = createServer(handler)
  await listen(server, place)
  console.log(`Portal is ready: ${origin}`)
  return () => close(server)
})
