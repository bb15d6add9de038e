import type { Context } from 'koa'

export type Language = 'de' | 'en'

const de = {
  name: 'BundID (Attrappe)',
  warning:
    'Das ist nicht die BundID. Diese Seite spielt sie zum Vorführen und Testen nach. Alle Personen sind erfunden.',
  choose: 'Wie möchten Sie sich anmelden?',
  for: 'Anmeldung für: {service}',
  person: 'Wer meldet sich an?',
  cancel: 'Abbrechen und zurück zum Onlinedienst',
  turnBack: 'Zurück zum Onlinedienst, ohne Nachricht',
  eID: 'Online-Ausweis',
  'eID.hint': 'Ausweis und PIN. Vertrauensniveau hoch.',
  Elster: 'ELSTER-Zertifikat',
  'Elster.hint': 'Zertifikatsdatei und Passwort. Vertrauensniveau substanziell.',
  eIDAS: 'EU-Identität',
  'eIDAS.hint': 'Ausweis eines anderen EU-Landes. Vertrauensniveau substanziell.',
  Benutzername: 'Benutzername und Passwort',
  'Benutzername.hint': 'Basisregistrierung. Kein Vertrauensniveau.',
  back: 'Sie werden jetzt zurückgeleitet',
  to: 'Ziel: {service}',
  go: 'Weiter',
  errorTitle: 'Diese Anfrage wurde nicht angenommen',
  error: 'Fehler: {code}',
  expired: 'Diese Anmeldung ist abgelaufen. Bitte starten Sie neu bei Ihrem Dienst.',
  home: 'Hier melden sich Menschen an, die ein Onlinedienst hierher geschickt hat.',
}

export type TextKey = keyof typeof de

const en: Record<TextKey, string> = {
  name: 'BundID (mock-up)',
  warning: 'This is not BundID. This page imitates it for demonstrations and tests. All people are invented.',
  choose: 'How would you like to sign in?',
  for: 'Signing in to: {service}',
  person: 'Who is signing in?',
  cancel: 'Cancel and go back to the online service',
  turnBack: 'Back to the online service, without a message',
  eID: 'Online ID card',
  'eID.hint': 'ID card and PIN. Level of assurance high.',
  Elster: 'ELSTER certificate',
  'Elster.hint': 'Certificate file and password. Level of assurance substantial.',
  eIDAS: 'EU identity',
  'eIDAS.hint': 'ID of another EU country. Level of assurance substantial.',
  Benutzername: 'User name and password',
  'Benutzername.hint': 'Basic registration. No level of assurance.',
  back: 'You are being sent back',
  to: 'To: {service}',
  go: 'Continue',
  errorTitle: 'This request was not accepted',
  error: 'Error: {code}',
  expired: 'This sign-in has expired. Please start again at your service.',
  home: 'People sign in here whom an online service has sent.',
}

const TEXTS = { de, en }

/** One text with its `{name}`s filled in; escaping is the template's. */
export const translate = (language: Language, key: TextKey, values: Record<string, string> = {}): string =>
  TEXTS[language][key].replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole)

/** As the browser asks; German where nothing fits. */
export const languageOf = (ctx: Context): Language =>
  ctx.acceptsLanguages('de', 'en') === 'en' ? 'en' : 'de'
