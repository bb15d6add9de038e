import { readFileSync } from 'node:fs'
import { validateXML } from 'xmllint-wasm'

const file = (path: string) => ({
  fileName: path.split('/').at(-1) ?? '',
  contents: readFileSync(new URL(path, import.meta.url), 'utf8'),
})
const SCHEMAS = '../../../src/factors/bundid/schemas/'

/** What is wrong with a metadata document by the schema of OASIS. */
export async function metadataErrors(xml: string): Promise<string[]> {
  const { errors } = await validateXML({
    xml: { fileName: 'metadata.xml', contents: xml },
    schema: [file('./saml-schema-metadata-2.0.xsd')],
    preload: [
      file('./xml.xsd'),
      ...['saml-schema-assertion-2.0.xsd', 'xmldsig-core-schema.xsd', 'xenc-schema.xsd'].map((name) =>
        file(SCHEMAS + name),
      ),
    ],
  })
  return errors.map(({ message }) => message)
}
