/** What an operator asked for can't be done; the message says why, and is all that is printed. */
export class CommandRefused extends Error {}

/** Opens the parts for one command and closes them whatever comes of it. */
export async function opened<Parts extends { close(): Promise<void> }>(
  open: () => Promise<Parts>,
  work: (parts: Parts) => Promise<void>,
): Promise<void> {
  const parts = await open()
  try {
    await work(parts)
  } finally {
    await parts.close()
  }
}
