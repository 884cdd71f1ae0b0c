import { text } from '../platform/settings.ts'

// Of the operator's command; the service has no use for them.

export const OPERATOR_SETTINGS = {
  operatorKey: {
    kind: text,
    says: "An operator's own key, for the command alone: a file, or pkcs11:token=LABEL?module-path=/path/of/the/module.so.",
    absent: 'no command that takes an operator, once there are operators',
  },
  operatorPassphrase: {
    kind: text,
    says: 'The passphrase of that file, or the PIN of that token: for machines that sign by themselves.',
    absent: 'asked at the terminal',
    secret: true,
  },
} as const
