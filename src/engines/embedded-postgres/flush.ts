// What was written is on the disk, not only on its way there: for what must be whole after a power cut.
import { open } from 'node:fs/promises'

/** Resolves once a file's contents, or a folder's names, are on the disk. */
export async function flush(path: string): Promise<void> {
  const opened = await open(path, 'r')
  await opened.sync().finally(() => opened.close())
}
