import { hash, verify } from '@node-rs/argon2'
import Koa from 'koa'
import { COSTS, PASSWORD } from '../driver/population.ts'

/** Yardstick: argon2id alone, one hash for each request. */
const phc = await hash(PASSWORD, COSTS)
const app = new Koa()
app.use(async (ctx) => {
  ctx.body = { right: await verify(phc, PASSWORD) }
})
app.listen(Number(process.env.PORT), process.env.HOST)
