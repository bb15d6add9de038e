import type { Both } from './language/index.ts'

/** What a real portal would fetch from its back office: invented, the same for everybody. */
export interface Message {
  id: string
  /** ISO 8601 date. */
  date: string
  subject: Both
  text: Both
  unread: boolean
}

export interface Notice {
  /** Month in which it begins: `2025-04`. */
  id: string
  date: string
  title: Both
  period: Both
  /** Euro a month. */
  amount: number
}

export interface Entry {
  /** ISO 8601 date, or date and time with offset. */
  date: string
  title: Both
  place?: Both
}

/** Newest first. */
export const MESSAGES: Message[] = [
  {
    id: 'unterlagen',
    date: '2025-05-06',
    subject: { de: 'Bitte reichen Sie Ihren Mietvertrag nach', en: 'Please hand in your tenancy agreement' },
    text: {
      de: 'Für Ihren Antrag fehlt uns noch Ihr Mietvertrag. Ein Foto aller Seiten genügt. Bitte senden Sie es bis zum 20. Mai.',
      en: 'For your application we still need your tenancy agreement. A photo of all pages will do. Please send it by 20 May.',
    },
    unread: true,
  },
  {
    id: 'anmeldung',
    date: '2025-04-29',
    subject: {
      de: 'Änderungen im Anmeldeprozess seit 29.04.2025',
      en: 'Changes in signing in since 29 April 2025',
    },
    text: {
      de: 'Ab sofort brauchen Sie für die Anmeldung einen weiteren Faktor. Sie haben die Wahl: BundID, Passkey oder ein Code aus einer App (TOTP).',
      en: 'From now on you need a further factor to sign in. The choice is yours: BundID, a passkey or a code from an app (TOTP).',
    },
    unread: false,
  },
]

export const NOTICES: Notice[] = [
  {
    id: '2025-04',
    date: '2025-03-24',
    title: { de: 'Bewilligungsbescheid', en: 'Notice of approval' },
    period: { de: '1. April bis 30. September 2025', en: '1 April to 30 September 2025' },
    amount: 1043.5,
  },
  {
    id: '2024-10',
    date: '2024-09-23',
    title: { de: 'Bewilligungsbescheid', en: 'Notice of approval' },
    period: { de: '1. Oktober 2024 bis 31. März 2025', en: '1 October 2024 to 31 March 2025' },
    amount: 1043.5,
  },
]

export const APPOINTMENTS: Entry[] = [
  {
    date: '2025-06-10T10:30:00+02:00',
    title: { de: 'Beratungsgespräch', en: 'Consultation' },
    place: { de: 'Jobcenter Musterstadt, Zimmer 214', en: 'Jobcenter Musterstadt, room 214' },
  },
  {
    date: '2025-06-24T14:00:00+02:00',
    title: {
      de: 'Informationsveranstaltung zu den Online-Angeboten',
      en: 'Information event on the online services',
    },
    place: { de: 'Job Point, Musterplatz 5', en: 'Job Point, Musterplatz 5' },
  },
]

export const HISTORY: Entry[] = [
  {
    date: '2025-05-06',
    title: { de: 'Nachricht erhalten: Mietvertrag', en: 'Message received: tenancy agreement' },
  },
  { date: '2025-03-24', title: { de: 'Bescheid erlassen', en: 'Notice issued' } },
  { date: '2025-03-03', title: { de: 'Weiterbewilligung beantragt', en: 'Extension applied for' } },
]

export const CONTACT = { phone: '(0800) 0000000', mail: 'kontakt@jobcenter-musterstadt.example' }
