// Thai words of waiting. `¦` in titles marks where a line may break.
import type { Text, TroubleWords } from './trouble-shape.ts'
import type { WaitTrouble, WaitVocabulary } from './wait-en.ts'

export const thWait: WaitVocabulary = {
  title: 'ดูที่โทรศัพท์¦ของคุณ',
  same: 'โทรศัพท์ต้องแสดงตัวเลขเดียวกันนี้',
  pin: 'ถ้าตรงกัน กรุณาใส่รหัส PIN ในโทรศัพท์',
  otherwise: 'ถ้าไม่ตรงกัน กรุณาปฏิเสธในโทรศัพท์ แล้วหยุดที่หน้านี้',
  left: 'เวลาที่เหลือ',
  go: 'ยืนยันในโทรศัพท์แล้ว ¦ไปต่อ',
  stop: 'หยุด ¦แล้วใช้วิธีอื่น',
  stopOnly: 'หยุด ¦แล้วเริ่มใหม่',
  broken: 'การเชื่อมต่อขาดช่วง เรากำลังลองใหม่',
}

const later: Text = ({ when }) => (when ? `ลองใหม่ได้${when}` : 'กรุณารอไม่กี่นาทีแล้วลองใหม่')
const others = 'วิธีเข้าสู่ระบบอื่นของคุณยังใช้ได้'

export const thWaitTrouble: Record<WaitTrouble, TroubleWords> = {
  'PRT-2401': {
    title: 'มีการถามโทรศัพท์¦บ่อยเกินไป',
    happened: 'ใน 10 นาทีที่ผ่านมา เราถามไปที่โทรศัพท์เครื่องนี้สามครั้งและไม่มีการยืนยัน เราจึงหยุดถามชั่วคราวเพื่อไม่ให้ใครรบกวนคุณ',
    not: others,
    now: later,
  },
  'PRT-2402': {
    title: 'มีคำถามค้างอยู่¦ในโทรศัพท์แล้ว',
    happened: 'เมื่อสักครู่มีคำถามส่งไปที่โทรศัพท์จากหน้านี้หรือจากเบราว์เซอร์อื่น และยังรอคำตอบอยู่',
    not: others,
    now: ({ when }) => `กรุณาตอบในโทรศัพท์ ถ้าคุณไม่ได้เป็นผู้ขอ กรุณาปฏิเสธ${when ? ` ส่งใหม่ได้${when}` : ''}`,
  },
  'PRT-2403': {
    title: 'โทรศัพท์เพิ่งตอบปฏิเสธ',
    happened: 'คำถามล่าสุดถูกปฏิเสธในโทรศัพท์ เรารอหนึ่งนาทีก่อนถามอีกครั้ง',
    not: others,
    now: later,
  },
}
