import type { AttributeName } from '../../domain/personal.ts'

/** How BundID names what it says of a person (interface description 6.2). */
export const ATTRIBUTES: Record<AttributeName, string> = {
  given_name: 'urn:oid:2.5.4.42',
  family_name: 'urn:oid:2.5.4.4',
  birth_family_name: 'urn:oid:1.2.40.0.10.2.1.1.225566',
  birthdate: 'urn:oid:1.2.40.0.10.2.1.1.55',
  place_of_birth: 'urn:oid:1.3.6.1.5.5.7.9.2',
  street_address: 'urn:oid:2.5.4.16',
  postal_code: 'urn:oid:2.5.4.17',
  locality: 'urn:oid:2.5.4.7',
  country: 'urn:oid:1.2.40.0.10.2.1.1.225599',
}
