import { readdirSync, readFileSync } from 'node:fs'
import { validateXML, type XMLFileInfo } from 'xmllint-wasm'

/** The published schemas lie with the service provider; what BundID adds to them lies here. */
const FOLDERS = ['../schemas/', '../../../src/factors/bundid/schemas/'].map(
  (path) => new URL(path, import.meta.url),
)

const files: XMLFileInfo[] = FOLDERS.flatMap((folder) =>
  readdirSync(folder)
    .filter((fileName) => fileName.endsWith('.xsd'))
    .map((fileName) => ({ fileName, contents: readFileSync(new URL(fileName, folder), 'utf8') })),
)
const isMain = ({ fileName }: XMLFileInfo): boolean => fileName === 'request.xsd'

/** What is wrong with a request by the schemas of SAML and of the AKDB extension; empty: nothing. */
export async function schemaErrors(xml: string): Promise<string[]> {
  const { errors } = await validateXML({
    xml: { fileName: 'request.xml', contents: xml },
    schema: files.filter(isMain),
    preload: files.filter((file) => !isMain(file)),
  })
  return errors.map(({ message }) => message)
}
