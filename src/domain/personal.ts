/** What an authority may say of a person, by the names of OpenID Connect where there is one. */
export const PROVABLE = [
  'given_name',
  'family_name',
  'birth_family_name',
  'birthdate',
  'place_of_birth',
  'street_address',
  'postal_code',
  'locality',
  'country',
] as const

export type AttributeName = (typeof PROVABLE)[number]
export type Attributes = Partial<Record<AttributeName, string>>
