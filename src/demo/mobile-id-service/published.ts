import type { Failure } from '../../methods/mobile-id/wire.ts'

// The provider's published test numbers with what each of them answers, without any telephone (its REST API's
// documentation, "Test numbers"). Nobody of them exists.

export interface Published {
  readonly phone: string
  readonly scheme: 'EE' | 'LT'
  readonly code: string
  readonly given: string
  readonly family: string
  readonly outcome: 'OK' | Failure
  readonly key?: 'rsa'
}

const person = (phone: string, code: string, more: Partial<Published> = {}): Published => ({
  phone,
  scheme: 'EE',
  code,
  given: 'MARY ÄNN',
  family: 'O’CONNEŽ-ŠUSLIK TESTNUMBER',
  outcome: 'OK',
  ...more,
})

export const PUBLISHED: readonly Published[] = [
  person('+37200000766', '60001019906'),
  person('+37268000769', '60001017869'),
  person('+37269930366', '51307149560'),
  person('+37200000566', '60001018800'),
  person('+37200001566', '39901019992', { key: 'rsa' }),
  /** Over 21. */
  person('+37200001466', '45001019980'),
  /** Under 18. */
  person('+37200001366', '61001019985'),
  person('+37060000666', '50001018865', { scheme: 'LT' }),
  person('+37200000366', '60001019928', { outcome: 'NOT_MID_CLIENT' }),
  person('+37066000266', '50001018908', { scheme: 'LT', outcome: 'TIMEOUT' }),
  person('+37201100266', '60001019950', { outcome: 'USER_CANCELLED' }),
  person('+37213100266', '60001019983', { outcome: 'PHONE_ABSENT' }),
  person('+37207110066', '60001019947', { outcome: 'DELIVERY_ERROR' }),
  person('+37201200266', '60001019972', { outcome: 'SIM_ERROR' }),
  person('+37200000666', '60001019961', { outcome: 'SIGNATURE_HASH_MISMATCH' }),
]
