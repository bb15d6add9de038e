import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { extname, join, parse } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import rtlcss from 'rtlcss'
import * as sass from 'sass'
import subsetFont from 'subset-font'

/**
 * `npm run build`: what browsers get beside the pages, from `views/assets` to `build/assets`. Names carry a digest of
 * the content, so that they may be kept for ever; `manifest.json` says which name belongs to which source.
 */
const SOURCES = 'views/assets'
const OUT = 'build/assets'
const KERN = 'node_modules/@kern-ux/native'
const FRESH = `${OUT}.new`

const KERN_NOTICE =
  '/*! KERN UX-Standard, lean build. EUPL-1.2, source: https://gitlab.opencode.de/kern-ux/kern-ux-plain */\n'

/** What the languages of Western, Central and Southern Europe and Turkish need, and the signs between words. */
const LATIN = `${range(0x20, 0x7e)}${range(0xa0, 0x17f)}–—‘’‚“”„•…‹›€−ŞşȘșȚț`
const CYRILLIC = `${range(0x400, 0x45f)}Ґґ№`
const FONTS = [
  { name: 'fira-regular-latin.woff2', face: 'Regular', text: LATIN },
  { name: 'fira-semibold-latin.woff2', face: 'SemiBold', text: LATIN },
  { name: 'fira-regular-cyrillic.woff2', face: 'Regular', text: CYRILLIC },
  { name: 'fira-semibold-cyrillic.woff2', face: 'SemiBold', text: CYRILLIC },
]

const manifest: Record<string, string> = {}

rmSync(FRESH, { recursive: true, force: true })
mkdirSync(FRESH, { recursive: true })
for (const { name, face, text } of FONTS) {
  const source = readFileSync(join(KERN, `dist/fonts/fira-sans/FiraSans-${face}.woff2`))
  emit(name, await subsetFont(source, text, { targetFormat: 'woff2', noLayoutClosure: true }))
}
emit('OFL.txt', readFileSync(join(SOURCES, 'OFL.txt')))
const kern = sass.compile(join(SOURCES, 'kern.scss'), {
  loadPaths: [join(KERN, 'src/scss')],
  style: 'compressed',
  quietDeps: true,
  silenceDeprecations: ['if-function'],
}).css
emit('kern.css', KERN_NOTICE + kern)
emit('kern.rtl.css', KERN_NOTICE + rtlcss.process(kern))
for (const file of readdirSync(SOURCES)) {
  if (extname(file) === '.css')
    emit(file, linked(sass.compile(join(SOURCES, file), { style: 'compressed' }).css))
  if (['.js', '.svg'].includes(extname(file)))
    emit(file, withLibrary(file, readFileSync(join(SOURCES, file), 'utf8')))
}
writeFileSync(join(FRESH, 'manifest.json'), JSON.stringify(manifest, null, 2))
rmSync(OUT, { recursive: true, force: true })
renameSync(FRESH, OUT)

/** Writes a file under its digest, with what browsers that read brotli or gzip get instead. */
function emit(name: string, content: string | Buffer): void {
  const bytes = Buffer.from(content)
  const { name: stem, ext } = parse(name)
  const digest = createHash('sha256').update(bytes).digest('base64url').slice(0, 12)
  const file = `${stem}.${digest}${ext}`
  manifest[name] = file
  writeFileSync(join(FRESH, file), bytes)
  if (ext === '.woff2') return
  const options = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }
  writeFileSync(join(FRESH, `${file}.br`), brotliCompressSync(bytes, options))
  writeFileSync(join(FRESH, `${file}.gz`), gzipSync(bytes, { level: 9 }))
}

/** A style sheet with the fonts it names by the names they were written under. */
function linked(css: string): string {
  return css.replace(/url\("([^"]+)"\)/g, (_, name: string) => {
    const file = manifest[name]
    if (!file) throw new Error(`a style sheet names ${name}, which is not built`)
    return `url("${file}")`
  })
}

/** One request less: the library goes before the script that uses it. */
function withLibrary(file: string, source: string): string {
  if (file !== 'passkey.js') return source
  return `${readFileSync('node_modules/@simplewebauthn/browser/dist/bundle/index.umd.min.js', 'utf8')}\n${source}`
}

function range(from: number, to: number): string {
  return String.fromCodePoint(...Array.from({ length: to - from + 1 }, (_, i) => from + i))
}
