import { createHash } from 'node:crypto'
import type { Service } from './saml/request.ts'
import { type Login, OID } from './saml/response.ts'

/** Invented people. Two of them have the same name: nobody may be taken for another because of it. */
export const PERSONS = [
  { id: 'erika', name: 'Erika Mustermann', given: 'Erika', family: 'Mustermann', born: '1984-08-12' },
  { id: 'max', name: 'Max Mustermann', given: 'Max', family: 'Mustermann', born: '1979-01-31' },
  {
    id: 'erika-2',
    name: 'Erika Mustermann (eine andere Person / another person)',
    given: 'Erika',
    family: 'Mustermann',
    born: '1984-08-12',
  },
  { id: 'ayse', name: 'Ayşe Özdemir-Çelik', given: 'Ayşe', family: 'Özdemir-Çelik', born: '1991-05-04' },
] as const

export type PersonId = (typeof PERSONS)[number]['id']

/** The means of BundID and what each gives. */
export const MEANS = [
  { id: 'eID', level: 4 },
  { id: 'Elster', level: 3 },
  { id: 'eIDAS', level: 3 },
  { id: 'Benutzername', level: 1 },
] as const

export type MeansId = (typeof MEANS)[number]['id']

export const isPerson = (id: string): id is PersonId => PERSONS.some((person) => person.id === id)

/** A person's login at one service. The bPK2 depends on the service's host name, and nothing can be read from it. */
export function loginOf(person: PersonId, means: (typeof MEANS)[number], { entityId }: Service): Login {
  const bpk2 = createHash('sha256')
    .update(`${person}@${new URL(entityId).hostname}`)
    .digest('base64url')
  const { given = '', family = '', born = '' } = PERSONS.find(({ id }) => id === person) ?? {}
  const about = {
    [OID.givenName]: given,
    [OID.surname]: family,
    [OID.birthdate]: born,
    [OID.locality]: 'Musterstadt',
  }
  return { bpk2, means: means.id, level: `STORK-QAA-Level-${means.level}`, about }
}
