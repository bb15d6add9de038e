import Koa from 'koa'

/** Yardstick: the framework alone, with a body of JSON. */
const app = new Koa()
app.use((ctx) => {
  ctx.body = { sub: 'somebody' }
})
app.listen(Number(process.env.PORT), process.env.HOST)
