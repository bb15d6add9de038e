import { startFaulty } from '../support/faulty.ts'
import { arrive, enrolTotp, logIn, signIn } from '../support/login.ts'

test('A migration that adds columns disturbs nobody at instances of the version before', async () => {
  const world = await startFaulty()
  const who = await world.provider.addAccount()
  const { key } = await enrolTotp(world.provider, world.portal, who)
  const known = { ...who, key }
  const { tokens } = await logIn(world.provider, world.portal, known)
  const { rows } = await world.sql.query(
    `SELECT relname FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition`,
  )
  expect(rows.length).toBeGreaterThan(20)
  for (const { relname } of rows) await world.sql.query(`ALTER TABLE "${relname}" ADD COLUMN later int`)

  const again = await logIn(world.provider, world.portal, known)
  expect(again.tokens.claims()?.sub).toBe(who.id)
  for (const { refresh_token = '' } of [tokens, again.tokens])
    expect((await world.portal.refresh(refresh_token)).access_token).toBeTruthy()
  const newcomer = await world.provider.addAccount()
  await enrolTotp(world.provider, world.portal, newcomer)
  const { person } = await arrive(world.portal)
  await signIn(person, newcomer)
  expect(person.status).toBe(200)
  await world.close()
})
