import type { TroubleWords } from './trouble-shape.ts'

// What people are told when a way that depends on somebody outside does not go on.

export const etUpstreamTrouble = {
  'PRT-1106': {
    title: 'See sisselogimisviis ei ole praegu kasutatav',
    happened: 'See, kellelt peame järele küsima, ei vasta.',
    not: 'Teie enda sisselogimisvahendid ei ole rikkis.',
    now: 'Valige teine viis või proovige mõne minuti pärast uuesti.',
  },
  'PRT-2301': {
    title: 'Rakenduses keelduti',
    happened: 'Keegi vajutas rakenduses „keeldun“ või sulges selle. Võib-olla Teie ise.',
    not: 'Kellelegi ei saadetud midagi.',
    now: 'Kui see olite Teie, alustage uuesti või valige teine viis. Kui ei, ei pea Te midagi tegema: keegi ei pääsenud sisse.',
  },
  'PRT-2302': {
    title: 'See võttis liiga kaua',
    happened: 'Rakenduse vastus tuli liiga hilja või oli juba kasutatud, näiteks pärast brauseris tagasiminekut.',
    not: 'Kellelegi ei saadetud midagi.',
    now: 'Alustage uuesti ja kinnitage rakenduses.',
  },
  'PRT-2303': {
    title: 'Rakenduse teenus ei vasta',
    happened: 'Me ei saa ühendust rakenduse taga oleva teenusega.',
    not: 'Teie rakendus ei ole rikkis ja kellelegi ei saadetud midagi.',
    now: 'Valige teine viis või proovige mõne minuti pärast uuesti.',
  },
  'PRT-2304': {
    title: 'Rakenduse teenus ei võta meid vastu',
    happened: 'Meie ja rakenduse taga oleva teenuse vahel on midagi valesti seatud. Teie ei teinud midagi valesti.',
    not: 'Kellelegi ei saadetud midagi.',
    now: 'Valige teine viis. Kui teist ei ole, helistage kasutajatoele ja öelge allolev kood.',
  },
  'PRT-2305': {
    title: 'Me ei saa seda vastust vastu võtta',
    happened: 'Rakenduse teenuselt tulnu ei ole selline, nagu peaks, seepärast peatusime.',
    not: 'Kellelegi ei saadetud midagi.',
    now: 'Alustage uuesti. Kui see kordub, valige teine viis või helistage kasutajatoele ja öelge allolev kood.',
  },
  'PRT-2306': {
    title: 'Rakendus ei tunne Teid piisavalt kindlalt',
    happened:
      'Rakenduse teenus ei öelnud, kui kindlalt on kontrollitud, kes Te olete, või ei ole kontrollitud piisavalt.',
    not: 'Kellelegi ei saadetud midagi.',
    now: 'Valige teine viis. Rakendusest näete, kas midagi on veel kinnitada; või helistage kasutajatoele.',
  },
} satisfies Record<string, TroubleWords>
