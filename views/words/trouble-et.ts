// Estonian: every trouble in the person's words.
import type { TroubleCode } from '../../src/identity/trouble.ts'
import { etCardTrouble } from './card-et.ts'
import { etCodeCardTrouble } from './code-card-et.ts'
import { etMeTrouble } from './me-et.ts'
import { etMobileIdTrouble } from './mobile-id-et.ts'
import { etOwnTrouble } from './own-et.ts'
import { etDeskTrouble, etPasskeyTrouble } from './passkey-et.ts'
import { etPinTrouble } from './pin-et.ts'
import { etSmartIdTrouble } from './smart-id-et.ts'
import { etSmsTrouble } from './sms-code-et.ts'
import type { Text, TroubleWords } from './trouble-shape.ts'
import { etUpstreamTrouble } from './upstream-et.ts'
import { etWaitTrouble } from './wait-et.ts'

const helpDesk = 'Helistage kasutajatoele ja öelge allolev kood.'
const fromAgency = 'Minge tagasi asutuse lehele ja alustage sealt uuesti.'
const agencyFault =
  'Minge tagasi asutuse lehele ja proovige veel kord. Kui see kordub, öelge allolev kood asutusele või kasutajatoele.'
const nothingSent = 'Teie kohta ei saadetud kellelegi midagi.'
const ours = 'Põhjus on meis, mitte teis. Teie andmeid ei läinud kaduma ega saadetud kellelegi.'
const shortly = 'Oodake minut ja proovige uuesti. Otsast alustada ei ole vaja: pooleliolev on alles.'
const later: Text = ({ when }) => (when ? `Uuesti saate proovida ${when}.` : 'Oodake mõni minut ja proovige uuesti.')

export const etTrouble: Record<TroubleCode, TroubleWords> = {
  'PRT-1001': {
    title: 'See sisselogimine ei ole enam lahti',
    happened:
      'Seda alustati rohkem kui 15 minutit tagasi või on see juba lõpetatud. Kui te äsja sisse logisite, olete sees.',
    now: fromAgency,
  },
  'PRT-1002': {
    title: 'Me ei tunne seda brauserit ära',
    happened: 'Sisselogimist alustati teises brauseris või see brauser ei hoia küpsiseid.',
    not: nothingSent,
    now: 'Alustage asutuse lehelt uuesti, samas brauseris. Kui see kordub, lubage sellele lehele küpsised.',
  },
  'PRT-1003': {
    title: 'Sellist lehte ei ole',
    happened: 'Aadressis on viga või on leht ära kolitud.',
    now: 'Kontrollige aadressi või alustage vajaliku asutuse lehelt.',
  },
  'PRT-1004': {
    title: 'Me ei saanud sellest aru',
    happened: 'Brauseri saadetu jõudis meieni poolikult või oli liiga pikk.',
    not: 'Me ei jätnud seda alles.',
    now: fromAgency,
  },
  'PRT-1005': {
    title: 'Korraga liiga palju',
    happened: 'Teie ühendusest tuli lühikese ajaga väga palju päringuid, võib-olla teistelt, kes seda jagavad.',
    not: 'Teie sisselogimisvahendid ei ole suletud.',
    now: later,
  },
  'PRT-1006': {
    title: 'Tulite vale aadressi kaudu',
    happened: 'Meie poole pöörduti nimega, mis ei ole meie oma.',
    not: nothingSent,
    now: fromAgency,
  },
  'PRT-1007': {
    title: 'Seda oli lugemiseks liiga palju',
    happened: 'Brauseri saadetu on suurem kui miski, mida me küsime.',
    not: 'Me ei jätnud seda alles.',
    now: fromAgency,
  },
  'PRT-1008': {
    title: 'Seda lehte ei saa nii avada',
    happened: 'Leht on üks samm pikemast teest ja eraldi seda avada ei saa.',
    now: fromAgency,
  },
  'PRT-1009': {
    title: 'See ei tulnud meie lehelt',
    happened: 'Teine leht püüdis meile teie nimel vormi saata. Me peatasime selle.',
    not: nothingSent,
    now: 'Kui olite sisse logimas, minge tagasi ja proovige veel kord. Kui mitte, sulgege see teine leht.',
  },
  'PRT-1010': {
    title: 'Siin on sisse loginud keegi teine',
    happened: 'Selles brauseris on veel sisse loginud teine inimene.',
    not: nothingSent,
    now: 'Logige teine inimene kõigepealt välja, siis logige sisse iseendana.',
  },
  'PRT-1101': {
    title: 'Me ei saa teid sisse logida',
    happened: 'Teie kanne isikute registris ei luba praegu sisse logida.',
    not: nothingSent,
    now: helpDesk,
  },
  'PRT-1108': {
    title: 'Teie nimel sisselogimine on lukustatud',
    happened:
      'Teenuse haldajad on praegu peatanud kõik sisselogimised teie nimel. See kaitseb teid seni, kuni nad asja uurivad.',
    not: nothingSent,
    now: helpDesk,
  },
  'PRT-1102': {
    title: 'Me ei leia teid registrist',
    happened: 'Tõendasite end, kuid isikute registris ei ole teie kohta kannet.',
    not: nothingSent,
    now: helpDesk,
  },
  'PRT-1103': {
    title: 'See teenus nõuab kindlamat sisselogimist',
    happened: 'Asutus küsib sisselogimisviisi, mida teil veel ei ole.',
    not: 'Teie ühekordne kood töötab teistes teenustes edasi.',
    now: 'Minge tagasi ja küsige asutuselt, kuidas saab asja teisiti ajada, või helistage kasutajatoele.',
  },
  'PRT-1104': {
    title: 'See sisselogimisviis on suletud',
    happened: 'Teie valitud viis on praegu välja lülitatud.',
    not: 'Teie enda sisselogimisvahendid ei ole rikkis.',
    now: 'Valige teine viis või proovige hiljem uuesti.',
  },
  'PRT-1105': {
    title: 'Me ei saa teid sisse logida',
    happened: 'Isikute registri järgi on selle isikukoodi omanik surnud.',
    not: nothingSent,
    now: 'Kui see ei ole õige, helistage kasutajatoele ja öelge allolev kood: vea saab parandada. Kui ajate lahkunu asju, küsige asutuselt, kuidas seda tehakse.',
  },
  'PRT-1201': {
    title: 'Isikukood ja kood ei sobi kokku',
    happened: 'Kood võib olla vana või on mõni number vale.',
    now: 'Kontrollige isikukoodi ja sisestage kood, mida rakendus praegu näitab.',
  },
  'PRT-1202': {
    title: 'See kood on juba kasutatud',
    happened: 'Iga kood töötab ühe korra.',
    now: 'Oodake kuni 30 sekundit, kuni rakendus näitab uut koodi, ja sisestage see.',
  },
  'PRT-1203': {
    title: 'Palun oodake veidi',
    happened: 'Mitu korda sisestati vale kood. Et keegi teie koodi ära ei arvaks, on nüüd paus.',
    not: 'Teie kood ei ole suletud.',
    now: later,
  },
  'PRT-1204': {
    title: 'Ühekordsed koodid on praegu peatatud',
    happened: 'Selle isikukoodiga sisestati väga palju valesid koode, kas teie või kellegi teise poolt.',
    not: 'Keegi ei saanud sisse ja kellelegi ei saadetud midagi.',
    now: ({ when }) =>
      when
        ? `Uuesti saate proovida: ${when}. Kui see ei olnud teie või te ei saa oodata, helistage kasutajatoele.`
        : 'Kui see ei olnud teie või te ei saa oodata, helistage kasutajatoele.',
  },
  'PRT-1205': {
    title: 'Kontrollige isikukoodi',
    happened: 'Mõni number võib olla puudu või vahetuses või on see teise riigi kood kui valitud.',
    now: 'Võrrelge seda kaardiga, number numbri haaval, ja vaadake valitud riiki, kui seda saab valida.',
  },
  'PRT-1206': {
    title: 'Koodis on 6 numbrit',
    happened: 'Sisestatud kood on lühem, pikem või on selles tähti.',
    now: 'Sisestage 6 numbrit, mida rakendus praegu näitab.',
  },
  'PRT-1301': {
    title: 'See asutus ei saa veel midagi vastu võtta',
    happened: 'Asutusel ei ole kehtivat kokkulepet, mis lubaks tal teie kohta midagi teada saada.',
    not: nothingSent,
    now: 'Öelge asutusele allolev kood. Ise te seda parandada ei saa.',
  },
  'PRT-1401': {
    title: 'Nii me teid välja logida ei saanud',
    happened: 'Väljalogimise päring ei sobinud ühegi sisselogimisega selles brauseris.',
    not: 'Kui olite sisse logitud, olete seda edasi.',
    now: 'Logige asutuse lehelt veel kord välja. Ühises arvutis sulgege ka brauser.',
  },
  'PRT-1501': {
    title: 'Aktiveerimiskood ei töötanud',
    happened: 'See ei sobi isikukoodiga, on juba kasutatud või vanem kui 30 päeva.',
    now: 'Võrrelge mõlemat kirjaga. Kui need on õiged, helistage kasutajatoele ja küsige uus kiri.',
  },
  'PRT-1502': {
    title: 'Palun oodake veidi',
    happened: 'Mitu korda sisestati vale aktiveerimiskood. Et keegi teie koodi ära ei arvaks, on nüüd paus.',
    not: 'Teie kirjas olev kood kehtib edasi.',
    now: later,
  },
  ...etCardTrouble,
  ...etMeTrouble,
  ...etOwnTrouble,
  ...etPasskeyTrouble,
  ...etDeskTrouble,
  ...etSmartIdTrouble,
  ...etSmsTrouble,
  ...etPinTrouble,
  ...etCodeCardTrouble,
  ...etMobileIdTrouble,
  ...etWaitTrouble,
  ...etUpstreamTrouble,
  'PRT-3001': {
    title: 'Me ei tunne seda lehte',
    happened: 'Leht, mis teid siia saatis, ei ole meie juures registreeritud.',
    not: nothingSent,
    now: 'Kontrollige, kas alustasite päris asutuse lehelt. Kui jah, öelge asutusele allolev kood.',
  },
  'PRT-3002': {
    title: 'Me ei tunne tagasiteed',
    happened: 'Asutuse leht palus saata teid tagasi aadressile, mis ei ole registreeritud.',
    not: nothingSent,
    now: agencyFault,
  },
  'PRT-3003': {
    title: 'Asutuse leht küsis valesti',
    happened: 'Me ei saanud asutuse lehe küsimusest aru. Teie ei teinud midagi valesti.',
    not: nothingSent,
    now: agencyFault,
  },
  'PRT-3004': {
    title: 'Asutuse päring on juba kasutatud',
    happened: 'Asutuse päring oli juba kasutatud või ootas liiga kaua, näiteks kui läksite brauseris tagasi.',
    not: nothingSent,
    now: fromAgency,
  },
  'PRT-3005': {
    title: 'Asutuse leht ei suutnud end tõendada',
    happened: 'Enne kui me midagi saadame, peab asutuse leht näitama, et ta on õige. Ta ei näidanud seda.',
    not: nothingSent,
    now: agencyFault,
  },
  'PRT-5001': {
    title: 'Praegu me teid teenindada ei saa',
    happened: 'Meie register ei vasta.',
    not: ours,
    now: shortly,
  },
  'PRT-5002': {
    title: 'Praegu me teid teenindada ei saa',
    happened: 'Koht, kus hoiame pooleliolevaid sisselogimisi, ei vasta.',
    not: ours,
    now: shortly,
  },
  'PRT-5003': {
    title: 'Praegu me teid teenindada ei saa',
    happened: 'Me ei saa praegu asutustele sisselogimist kinnitada.',
    not: ours,
    now: shortly,
  },
  'PRT-5004': {
    title: 'Meie poolel läks midagi katki',
    happened: 'Põhjus on meis, mitte teis. Panime selle kirja.',
    not: nothingSent,
    now: 'Proovige veel kord. Kui see kordub, helistage kasutajatoele ja öelge allolev kood.',
  },
  'PRT-5005': {
    title: 'Praegu on siin väga palju inimesi',
    happened: 'Hetkel ei saa me rohkem vastu võtta.',
    not: ours,
    now: shortly,
  },
}
