// Estonian words of the code by text message. What is sent has no õ, š or ž: one such letter would halve the message.
import type { SmsCodeShape, SmsTrouble } from './sms-code-shape.ts'
import type { TroubleWords } from './trouble-shape.ts'

export const etSmsCode: SmsCodeShape = {
  who: {
    title: 'Kellele kood saata?',
    lead: 'Saadame 6 numbrit telefonile, mis on sinu isikukoodi juures kirjas.',
    send: 'Saada mulle kood',
  },
  code: {
    title: 'Sisesta sõnumis olev kood',
    sent: 'Kui selle isikukoodi juures on meil telefon kirjas, on 6-numbriline kood juba teel.',
    label: 'Kood sõnumist',
    hint: (until) => `6 numbrit. Kehtib kuni ${until}.`,
    again: 'Saada uus kood',
    from: (when) => `Sõnumit ei tulnud? Uue koodi saad ${when}.`,
    anew: 'Teine isikukood',
    never: 'Meie ei küsi sinult seda koodi kunagi, ei telefoni teel ega sõnumiga.',
  },
  messages: {
    code: [
      (code, agency) => `${code} on sinu kood, ${agency}. Ära anna seda kellelegi: meie ei küsi seda kunagi.`,
      (code, agency) => `${code}: ${agency}. Meie seda koodi ei küsi.`,
    ],
    added: (means, phone) => `Sinu nimel sisselogimiseks lisati viis: ${means}. Ei olnud sina? Helista ${phone}.`,
    removed: (means, phone) => `Sinu nimel sisselogimise viis eemaldati: ${means}. Ei olnud sina? Helista ${phone}.`,
    recovered: (_means, phone) =>
      `Kasutajatugi andis sulle uued viisid sisse logida. Sa ei palunud seda? Helista ${phone}.`,
    wiped: (means, phone) => `Eemaldati sisselogimise viisid, mida keegi ei kinnitanud: ${means}. Abi: ${phone}.`,
    blocked: (means, phone) => `Sisselogimine selle viisiga on suletud: ${means}. Ei olnud sina? Helista ${phone}.`,
  },
}

const nothing = 'Midagi ei saadetud kellelegi.'

export const etSmsTrouble: Record<SmsTrouble, TroubleWords> = {
  'PRT-1901': {
    title: 'See ei ole kood, mille saatsime',
    happened: 'Mõni number on vale või on kood varasemast sõnumist.',
    now: 'Vaata kõige uuemat sõnumit ja sisesta selle 6 numbrit.',
  },
  'PRT-1902': {
    title: 'See kood enam ei kehti',
    happened: 'Kood kehtib 5 minutit, 5 katset ja ühe korra.',
    not: nothing,
    now: 'Lase saata oma telefonile uus kood.',
  },
  'PRT-1903': {
    title: 'Uut sõnumit veel ei saa',
    happened:
      'Kahe sõnumi vahel on minut ja kümne minuti jooksul on neid kõige rohkem kolm: nii ei saa keegi sinu telefoni sõnumitega üle ujutada.',
    not: 'Kood, mis sul on, kehtib edasi.',
    now: ({ when }) =>
      when
        ? `Uue saad saata ${when}. Kohale jõudnud koodi võid kohe sisestada.`
        : 'Oota veidi ja küsi siis uus. Kohale jõudnud koodi võid kohe sisestada.',
  },
  'PRT-1904': {
    title: 'Sõnumeid ei saa praegu saata',
    happened: 'Teenus, mis meie sõnumid sinu telefonile viib, ei vasta.',
    not: `Sinu telefon pole katki. ${nothing}`,
    now: 'Vali muu viis või proovi mõne minuti pärast uuesti.',
  },
  'PRT-1905': {
    title: 'Koodis on 6 numbrit',
    happened: 'Sisestatu on lühem, pikem või selles on tähti.',
    now: 'Sisesta sõnumis olevad 6 numbrit.',
  },
  'PRT-1906': {
    title: 'Sellele numbrile me sõnumeid ei saada',
    happened: 'Number on poolik või riigist, kuhu me sõnumeid ei saada.',
    not: 'Midagi ei muudetud.',
    now: 'Kontrolli numbrit koht-kohalt; välismaa numbri puhul koos riigi suunakoodiga.',
  },
}
