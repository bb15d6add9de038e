import { readdirSync, readFileSync } from 'node:fs'
import { validateXML } from 'xmllint-wasm'
import { Refused } from './refused.ts'

const FOLDER = new URL('./schemas/', import.meta.url)
const files = readdirSync(FOLDER)
  .filter((fileName) => fileName.endsWith('.xsd'))
  .map((fileName) => ({ fileName, contents: readFileSync(new URL(fileName, FOLDER), 'utf8') }))
const isMain = ({ fileName }: { fileName: string }): boolean => fileName === 'messages.xsd'

/** Validates a protocol message or an assertion. Throws `Refused`. */
export async function checkSchema(xml: string): Promise<void> {
  const { valid } = await validateXML({
    xml: { fileName: 'message.xml', contents: xml },
    schema: files.filter(isMain),
    preload: files.filter((file) => !isMain(file)),
  })
  if (!valid) throw new Refused('schema')
}
