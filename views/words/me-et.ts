// Estonian words of the citizen's own page.
import type { MeVocabulary } from './me-en.ts'
import type { MeTrouble } from './me-shape.ts'
import type { TroubleWords } from './trouble-shape.ts'

export const etMe: MeVocabulary = {
  name: 'Minu uks',
  lead: 'Kõik, mida teie nimel tehakse, ja võimalus see peatada.',
  who: (name) => `Olete siin nimega ${name}.`,
  back: 'Tagasi minu ukse juurde',
  leave: 'Logi välja',
  pin: { title: 'PIN', small: 'Küsitakse ühekordse koodi järel ja teeb selle kindlamaks' },
  means: {
    title: 'Teie vahendid',
    none: 'Teil ei ole meie juures veel ühtegi oma vahendit.',
    others: 'Teiste antud kaarte, SIM-kaarte ja rakendusi siin ei ole: need kuuluvad neile, kes need teile andsid.',
    by: { desk: 'Antud teeninduses', letter: 'Tehtud meie kirjaga', citizen: 'Lisasite ise' },
    since: (date) => `alates ${date}`,
    used: (time) => `viimati kasutatud ${time}`,
    unconfirmed:
      'Lisamise ajal ei teadnud me kindlalt, et see olete teie. See kaob, kui logite esimest korda sisse kaardi, Mobiil-ID või muu sama kindla vahendiga.',
    remove: 'Eemalda',
    removeNamed: (what) => `Eemalda: ${what}`,
  },
  add: {
    title: 'Lisamine',
    act: 'Lisa',
    totp: { title: 'Autentimisrakendus', small: 'Teeb iga 30 sekundi järel uue 6-kohalise koodi' },
    pin: { title: 'PIN', small: 'Teeb ühekordsed koodid piisavaks rohkemate teenuste jaoks' },
    'sms-code': { title: 'Telefoninumber', small: 'Koodide saamiseks sõnumiga ja muudatustest teatamiseks' },
    passkey: { title: 'Pääsuvõti', small: 'Selle seadme sõrmejälg, nägu või PIN või turvavõti' },
    replaces: 'Astub praeguse asemele',
  },
  ways: {
    title: 'Teed teie uksest sisse',
    all: 'Ükski tee ei ole suletud: sobib iga viis, mis tõendab, kes te olete.',
    shut: 'Teie suletud:',
    later: 'Ka edaspidi lisanduvad viisid on suletud.',
    change: 'Ava või sulge teid',
  },
  wiped: {
    title: 'Eemaldasime vahendid, mis ei olnud kindlalt teie omad',
    text: (date) =>
      `${date} logisite esimest korda sisse vahendiga, mis tõendab kindlalt, kes te olete. Mis oli enne ilma sellise tõendita lisatud, on kadunud, ja kes sellega sees oli, on väljas:`,
    now: 'Kas see oli teie oma? Lisage see allpool uuesti. Kui ei olnud, ei ole rohkem midagi vaja teha.',
    act: 'Olen lugenud',
  },
  app: {
    title: 'Ühendage oma rakendus',
    lead: 'Rakendus on ühendatud alles siis, kui sellest saadud kood on meile tagasi jõudnud.',
    replaces: 'Seni kasutatud rakendus siis enam ei tööta.',
    code: 'Kood rakendusest',
    hint: '6 numbrit, nagu rakendus praegu näitab',
    act: 'Ühenda',
  },
  newPin: {
    title: 'Valige PIN',
    lead: 'Küsime seda ühekordse koodi järel. 6 kuni 12 numbrit, mida keegi ära ei arva: mitte sünnipäev ega rida nagu 123456.',
    replaces: 'See astub praeguse PINi asemele.',
    pin: 'Uus PIN',
    pinHint: '6 kuni 12 numbrit',
    again: 'Sama PIN veel kord',
    againHint: 'Et trükiviga teid välja ei jätaks',
    act: 'Määra PIN',
  },
  phone: {
    title: 'Teie telefoninumber',
    lead: 'Saadame sellele koodi, et näha, kas see on teie oma.',
    replaces: 'See astub praeguse numbri asemele, millele me sellest teatame.',
    number: 'Telefoninumber',
    numberHint: 'Koos riigi koodiga, näiteks +372 5123 4567',
    act: 'Saada kood',
    sentTitle: 'Sisestage kood telefonist',
    sent: (end) => `Saatsime 6 numbrit telefonile, mille number lõpeb ${end}. Need kehtivad 5 minutit.`,
    code: 'Kood sõnumist',
    codeHint: '6 numbrit',
    confirm: 'Lisa see number',
    another: 'Muu number',
  },
  passkey: {
    title: 'Lisage pääsuvõti',
    lead: 'Teie seade teeb võtme, mis sealt kunagi ei lahku. Avate selle sõrme, näo või seadme PINiga.',
  },
  remove: {
    title: (what) => `Eemalda: ${what}?`,
    lead: 'See lakkab kohe töötamast. Teatame sellest teie muude kanalite kaudu.',
    pin: 'Ilma PINita sobivad teie ühekordsed koodid vähemate teenuste jaoks.',
    last: {
      title: 'See on teie viimane vahend meie juures',
      text: 'Ilma selleta saate sisse ainult kellegi teise antud kaardi või rakendusega. Kui teil sellist ei ole, vajate uuesti sissepääsuks kasutajatuge.',
    },
    act: 'Eemalda',
    actLast: 'Eemalda minu viimane vahend',
    keep: 'Jäta alles',
  },
  blocks: {
    title: 'Mis teedel võib teid sisse lasta?',
    lead: 'Mis on märkimata, seda ei saa teie nimel kasutada, ka mitte see, kes selle varastas. Uuesti avamiseks peate sisse logima vähemalt sama kindlalt.',
    later: { title: 'Edaspidi lisanduvad viisid', small: 'Märkimata jäetuna on uus viis suletud, kuni te selle avate' },
    act: 'Salvesta',
  },
  done: {
    added: { title: 'Lisatud', text: 'Nüüdsest saate seda kasutada.' },
    removed: { title: 'Eemaldatud', text: 'See enam ei tööta.' },
    blocks: { title: 'Kirja pandud', text: 'Nüüdsest pääsete sisse ainult märgitud viisidel.' },
    told: 'Teatasime muudatusest teie muude kanalite kaudu, kui teil neid on.',
  },
}

export const etMeTrouble: Record<MeTrouble, TroubleWords> = {
  'PRT-1107': {
    title: 'Olete selle tee ise sulgenud',
    happened: 'Oma lehel ütlesite, et sealtkaudu ei tohi keegi sisse tulla, ka õige kaardi või koodiga mitte.',
    not: 'Keegi ei saanud sisse ja kellelegi ei saadetud midagi.',
    now: 'Logige sisse muul viisil. Siis saate lehel „Minu uks“ selle tee jälle avada. Kui see ei olnud teie või muud viisi ei ole, helistage kasutajatoele.',
  },
  'PRT-2220': {
    title: 'Kood ei sobi selle rakendusega',
    happened: 'See võib olla vana, mõni number võib olla vale või telefoni kell võib olla nihkes.',
    not: 'Midagi ei ole veel muutunud.',
    now: 'Sisestage kood, mida rakendus praegu näitab.',
  },
  'PRT-2221': {
    title: 'Selleks on vaja kindlamat sisselogimist',
    happened: 'Selle muutmiseks peate olema just sisse loginud viisil, mis tõendab sama palju kui see, mida muudate.',
    not: 'Midagi ei ole muutunud.',
    now: 'Kui teil sellist viisi ei ole, saab seda teha kasutajatugi.',
  },
  'PRT-2222': {
    title: 'See leht ootas liiga kaua',
    happened: 'Siin alustatu on läbi või juba tehtud.',
    not: 'Teie vahendid töötavad nagu enne.',
    now: 'Minge tagasi oma ukse juurde ja vaadake. Kui seda seal ei ole, alustage uuesti.',
  },
  'PRT-2223': {
    title: 'Teil ei ole seda enam',
    happened: 'See on vahepeal eemaldatud, võib-olla teie enda poolt teises aknas.',
    not: 'Midagi muud ei ole muutunud.',
    now: 'Minge tagasi oma ukse juurde, et näha, mis teil on.',
  },
  'PRT-2224': {
    title: 'Need kaks PINi ei ole ühesugused',
    happened: 'Ühes neist on trükiviga.',
    not: 'Midagi ei ole veel muutunud.',
    now: 'Sisestage soovitud PIN kaks korda.',
  },
  'PRT-2226': {
    title: 'Üks tee peab jääma avatuks',
    happened: 'Kui kõik teed on suletud, ei pääse keegi sisse, ka teie mitte.',
    not: 'Midagi ei ole muutunud.',
    now: 'Märkige vähemalt üks.',
  },
  'PRT-2227': {
    title: 'Palun oodake veidi',
    happened: 'Siin sisestati mitu korda vale kood.',
    not: 'Teie sisselogimisvahendid ei ole suletud.',
    now: ({ when }) => (when ? `Proovige uuesti ${when}.` : 'Proovige mõne minuti pärast uuesti.'),
  },
}
