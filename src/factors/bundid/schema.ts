import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Refused } from './refused.ts'

/** libxml2's xmllint as Emscripten builds it. */
type Xmllint = (run: {
  inputFiles: { fileName: string; contents: string }[]
  arguments: string[]
  wasmMemory: object
  instantiateWasm: (imports: object, done: (instance: object) => void) => object
  print: (line: string) => void
  printErr: (line: string) => void
  onExit: (code: number) => void
  onAbort: (reason: unknown) => void
}) => Promise<unknown>

/**
 * The one file that touches the insides of `xmllint-wasm`: its public function starts a thread and compiles the
 * program anew for each document, ten times the work. We are in a thread of our own already.
 */
const require = createRequire(import.meta.url)
const { Memory, Module, Instance } = Reflect.get(globalThis, 'WebAssembly') as Record<
  'Memory' | 'Module' | 'Instance',
  new (
    ...args: unknown[]
  ) => object
>
const xmllint = require('xmllint-wasm/xmllint-node.js') as Xmllint
const program = new Module(readFileSync(require.resolve('xmllint-wasm/xmllint.wasm')))

const FOLDER = new URL('./schemas/', import.meta.url)
const schemas = readdirSync(FOLDER)
  .filter((fileName) => fileName.endsWith('.xsd'))
  .map((fileName) => ({ fileName, contents: readFileSync(new URL(fileName, FOLDER), 'utf8') }))

/** Pages of 64 kB. What needs more is refused, as everything is that does not end with exit code 0. */
const MEMORY = { initial: 256, maximum: 512 }

/** Validates a protocol message or an assertion. Throws `Refused`. Nothing is fetched: there is no network in there. */
export async function checkSchema(xml: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<number>()
  xmllint({
    inputFiles: [{ fileName: 'message.xml', contents: xml }, ...schemas],
    arguments: ['--noout', '--nonet', '--schema', 'messages.xsd', 'message.xml'],
    wasmMemory: new Memory(MEMORY),
    instantiateWasm: (imports, done) => {
      done(new Instance(program, imports))
      return {}
    },
    print: () => {},
    printErr: () => {},
    onExit: resolve,
    onAbort: () => resolve(-1),
  }).catch(() => resolve(-1))
  if ((await promise) !== 0) throw new Refused('schema')
}
