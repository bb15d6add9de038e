import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Context, Middleware } from 'koa'
import { AppError } from '../domain/errors.ts'
import type { Operator } from '../settings/types.ts'

const FOLDER = join(import.meta.dirname, '../../build/assets')
const FOR_EVER = 'public, max-age=31536000, immutable'

interface Asset {
  body: Buffer
  encoded: Partial<Record<'br' | 'gzip', Buffer>>
}

export interface Assets {
  /** Address of a file of `views/assets`. */
  url(name: string): string
  /** Addresses of what the operator's branding adds to every page. */
  brand(operator: Operator): { css?: string; logo?: string }
  serve: Middleware
}

/** Serves what `npm run build` made, from memory, and the operator's colours and logo. */
export function loadAssets(operator: () => Operator): Assets {
  const manifest = readManifest()
  const files = new Map(Object.values(manifest).map((file) => [file, load(file)]))
  const brands = cachedByOperator(brandOf)

  return {
    url(name) {
      const file = manifest[name]
      if (!file) throw new Error(`${name} is not built`)
      return `/assets/${file}`
    },
    brand: (of) => brands(of).urls,
    serve(ctx, next) {
      if (!ctx.path.startsWith('/assets/')) return next()
      if (ctx.method !== 'GET' && ctx.method !== 'HEAD') throw new AppError('method_not_allowed')
      const name = ctx.path.slice('/assets/'.length)
      const asset = files.get(name) ?? brands(operator()).files.get(name)
      if (!asset) throw new AppError('not_found')
      send(ctx, name, asset)
    },
  }
}

function send(ctx: Context, name: string, { body, encoded }: Asset): void {
  const encoding = ctx.acceptsEncodings('br', 'gzip', 'identity')
  const better = encoding === 'br' || encoding === 'gzip' ? encoded[encoding] : undefined
  ctx.set({
    'Cache-Control': FOR_EVER,
    Vary: 'Accept-Encoding',
    'Cross-Origin-Resource-Policy': 'same-origin',
  })
  if (better) ctx.set('Content-Encoding', String(encoding))
  ctx.type = name
  ctx.body = better ?? body
}

function readManifest(): Record<string, string> {
  const file = join(FOLDER, 'manifest.json')
  if (!existsSync(file)) throw new Error('build/assets is missing: run `npm run build` once.')
  return JSON.parse(readFileSync(file, 'utf8'))
}

function load(file: string): Asset {
  const read = (ending: string): Buffer | undefined => {
    const path = join(FOLDER, file + ending)
    return existsSync(path) ? readFileSync(path) : undefined
  }
  const [br, gzip] = [read('.br'), read('.gz')]
  return {
    body: readFileSync(join(FOLDER, file)),
    encoded: { ...(br ? { br } : {}), ...(gzip ? { gzip } : {}) },
  }
}

interface Brand {
  urls: { css?: string; logo?: string }
  files: Map<string, Asset>
}

function brandOf({ colors, logo }: Operator): Brand {
  const brand: Brand = { urls: {}, files: new Map() }
  const add = (stem: string, ending: string, body: Buffer): string => {
    const digest = createHash('sha256').update(body).digest('base64url').slice(0, 12)
    const file = `${stem}.${digest}.${ending}`
    brand.files.set(file, { body, encoded: {} })
    return `/assets/${file}`
  }
  const tokens = Object.entries(colors).map(([name, value]) => `${name}:${value}`)
  if (tokens.length > 0) brand.urls.css = add('brand', 'css', Buffer.from(`:root{${tokens.join(';')}}`))
  if (logo) brand.urls.logo = add('logo', logo.split('.').at(-1) ?? 'svg', readFileSync(logo))
  return brand
}

/** A live reload brings a new object; until then nothing is computed twice. */
function cachedByOperator(make: (operator: Operator) => Brand): (operator: Operator) => Brand {
  const made = new WeakMap<Operator, Brand>()
  return (operator) => {
    const brand = made.get(operator) ?? make(operator)
    made.set(operator, brand)
    return brand
  }
}
