// Estonian words of Mobile-ID.
import type { MobileIdVocabulary } from './mobile-id-en.ts'
import type { MobileIdTrouble } from './mobile-id-shape.ts'
import type { TroubleWords } from './trouble-shape.ts'

export const etMobileId: MobileIdVocabulary = {
  title: 'Logi sisse Mobiil-IDga',
  lead: 'Mobiil-ID on teie telefoni SIM-kaardil. Näitame teile kontrollkoodi, telefon näitab sama ja sisestate seal oma Mobiil-ID PIN-koodi.',
  phone: {
    label: 'Telefoninumber',
    hint: (example) => `Mobiil-IDga number, kohalikul kujul või koos riigi suunanumbriga: ${example}.`,
  },
  act: 'Jätka: saada telefoni',
}

const nobody = 'Keegi ei pääsenud sisse ja teie kohta ei saadetud kellelegi midagi.'
const whole = 'Teie Mobiil-ID ei ole katki.'
const later = 'Oodake mõni minut ja proovige uuesti või valige muu viis.'
const helpDesk =
  'Proovige veel kord või valige muu viis. Kui see kordub, helistage kasutajatoele ja öelge allolev kood.'
const operator = 'Helistage oma mobiilioperaatorile: nemad näevad, mis on valesti. Seni valige muu viis.'

export const etMobileIdTrouble: Record<MobileIdTrouble, TroubleWords> = {
  'PRT-1701': {
    title: 'Kontrollige telefoninumbrit',
    happened: 'Mõni number võib puududa või on telefon teisest riigist, kui valitud on.',
    now: 'Sisestage number kohalikul kujul või alustage plussmärgi ja riigi suunanumbriga.',
  },
  'PRT-1702': {
    title: 'Sellel numbril ei ole teie Mobiil-IDd',
    happened: 'Telefoninumber ja isikukood ei kuulu kokku või Mobiil-ID ei ole sisse lülitatud.',
    not: nobody,
    now: 'Kontrollige mõlemat. Kui need on õiged, küsige mobiilioperaatorilt, kas teie Mobiil-ID on aktiivne, või valige muu viis.',
  },
  'PRT-1703': {
    title: 'Telefonis ei vastatud',
    happened: 'Ootasime PIN-koodi kaks minutit.',
    not: whole,
    now: 'Võtke telefon kätte ja proovige uuesti. Kui sinna midagi ei ilmu, taaskäivitage telefon.',
  },
  'PRT-1704': {
    title: 'Telefonis keelduti',
    happened: 'Keegi vajutas seal „katkesta“ või sulges küsimuse.',
    not: nobody,
    now: 'Kas see olite teie? Siis saate minuti pärast uuesti proovida. Kui te ise ei küsinud, sisestas teie numbrid keegi teine: keelduda oli õige.',
  },
  'PRT-1705': {
    title: 'SIM-kaart vastas millelegi muule',
    happened: 'Telefon ei allkirjastanud seda, mille saatsime. SIM-kaart või selle Mobiil-ID on valesti seadistatud.',
    not: nobody,
    now: operator,
  },
  'PRT-1706': {
    title: 'Me ei saa telefoni kätte',
    happened: 'See on välja lülitatud, lennurežiimis või levist väljas.',
    not: whole,
    now: 'Lülitage telefon sisse, minge levialasse ja proovige uuesti.',
  },
  'PRT-1707': {
    title: 'Küsimus ei jõudnud telefoni',
    happened: 'Võrk ei saanud seda üle anda.',
    not: whole,
    now: 'Taaskäivitage telefon ja proovige minuti pärast uuesti või valige muu viis.',
  },
  'PRT-1708': {
    title: 'SIM-kaart ei saanud hakkama',
    happened: 'Telefonini jõudsime, kuid selle SIM-kaart teatas rikkest.',
    not: nobody,
    now: `Taaskäivitage telefon ja proovige uuesti. Kui see kordub: ${operator[0]?.toLowerCase()}${operator.slice(1)}`,
  },
  'PRT-1709': {
    title: 'Mobiil-ID vastas midagi tundmatut',
    happened: 'Mobiil-ID teenus lõpetas küsimuse viisil, mida me ei oska seletada.',
    not: nobody,
    now: helpDesk,
  },
  'PRT-1711': {
    title: 'Mobiil-ID ei võtnud meie küsimust vastu',
    happened: 'Mobiil-ID teenus leidis meie küsimusest vea. Teie ei teinud midagi valesti.',
    not: nobody,
    now: helpDesk,
  },
  'PRT-1712': {
    title: 'Mobiil-ID ei luba meil küsida',
    happened: 'Mobiil-ID teenus ei tundnud meid ära. See on meie, mitte teie tehtud.',
    not: nobody,
    now: 'Valige muu viis. Kasutajatugi tahaks sellest teada: öelge neile allolev kood.',
  },
  'PRT-1713': {
    title: 'Mobiil-ID kaotas küsimuse ära',
    happened: 'Mobiil-ID teenus ei tea enam, mida küsisime, võib-olla kulus liiga palju aega.',
    not: nobody,
    now: 'Proovige uuesti: saate uue kontrollkoodi.',
  },
  'PRT-1714': {
    title: 'Mobiil-ID ei ole seal, kust otsime',
    happened: 'Jõudsime aadressile, mis ei ole Mobiil-ID teenus. See on meie, mitte teie tehtud.',
    not: nobody,
    now: 'Valige muu viis. Kasutajatugi tahaks sellest teada: öelge neile allolev kood.',
  },
  'PRT-1715': {
    title: 'Väga paljud kasutavad praegu Mobiil-IDd',
    happened: 'Selle teenus palub meil oodata.',
    not: whole,
    now: later,
  },
  'PRT-1716': {
    title: 'Mobiil-IDs on rike',
    happened: 'Selle teenus vastas, et seal läks midagi katki.',
    not: whole,
    now: later,
  },
  'PRT-1717': {
    title: 'Mobiil-IDd hooldatakse',
    happened: 'Selle teenus on hoolduseks mõneks ajaks suletud.',
    not: whole,
    now: 'Valige muu viis või tulge hiljem tagasi.',
  },
  'PRT-1718': {
    title: 'Me ei saa Mobiil-IDga praegu ühendust',
    happened: 'Selle teenus ei vasta.',
    not: whole,
    now: later,
  },
  'PRT-1719': {
    title: 'Me ei saanud Mobiil-IDst aru',
    happened: 'Teenuse vastus ei ole selline, nagu kokku lepitud.',
    not: nobody,
    now: helpDesk,
  },
  'PRT-1720': {
    title: 'Me ei saa seda vastust vastu võtta',
    happened: 'See, mis telefonist tuli, ei ole midagi, milles saaksime kindlad olla.',
    not: nobody,
    now: helpDesk,
  },
  'PRT-1721': {
    title: 'Teie Mobiil-ID ei kehti praegu',
    happened: 'See ei kehti enam või ei kehti veel. Iga Mobiil-ID kehtib ühest päevast teiseni.',
    not: nobody,
    now: 'Küsige mobiilioperaatorilt uus. Seni valige muu viis.',
  },
  'PRT-1722': {
    title: 'See Mobiil-ID on tühistatud',
    happened: 'Väljaandja ütleb, et see enam ei kehti, võib-olla sellepärast, et kaotusest teatati.',
    not: nobody,
    now: 'Kui te millestki ei teatanud, küsige mobiilioperaatorilt ja helistage kasutajatoele. Seni valige muu viis.',
  },
  'PRT-1723': {
    title: 'Mobiil-IDd ei saa praegu kontrollida',
    happened: 'Enne kui kellegi sisse laseme, küsime, kas tema Mobiil-ID veel kehtib. Sealt meile praegu ei vastata.',
    not: whole,
    now: later,
  },
  'PRT-1724': {
    title: 'Vastas keegi teine',
    happened: 'Vastuses on teine inimene kui see, kelle isikukood sisestati.',
    not: nobody,
    now: 'Kontrollige telefoninumbrit ja isikukoodi. Kui need on õiged, helistage kasutajatoele ja öelge allolev kood.',
  },
  'PRT-1725': {
    title: 'Vastus ei sobi meie küsimusega',
    happened: 'Allkirjastati midagi muud või tegi seda teine telefon.',
    not: nobody,
    now: helpDesk,
  },
  'PRT-1726': {
    title: 'Teie omasugune Mobiil-ID on praegu peatatud',
    happened: 'Et teid kaitsta, ei võta me mõnda aega vastu teatud liiki vastuseid ja teie oma on üks neist.',
    not: nobody,
    now: 'Valige muu viis. Rohkem teab kasutajatugi: öelge neile allolev kood.',
  },
}
