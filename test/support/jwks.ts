// The JWKS of a world, by the names of its keys: the first is the one that signs.
import type { World } from './world.js'

/** The kids in the JWKS now. */
export const readKids = async (world: World): Promise<string[]> => {
  const { keys } = JSON.parse(await (await world.send('/.well-known/jwks.json')).text())
  return keys.map((key: { kid: string }) => key.kid)
}

/** The kids in the JWKS once they are as asked. */
export const kidsWhen = async (world: World, isSo: (kids: string[]) => boolean): Promise<string[]> => {
  for (;;) {
    const kids = await readKids(world)
    if (isSo(kids)) return kids
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}
