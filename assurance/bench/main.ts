/** `npm run bench -- NAME`: runs one bench and ends with one line of JSON. */
import { benchCrypto } from './crypto.ts'

const benches: Readonly<Record<string, () => Promise<object>>> = { crypto: benchCrypto }

const name = process.argv[2] ?? ''
const bench = benches[name]
if (bench === undefined) {
  console.error(`No bench is called "${name}". There are: ${Object.keys(benches).join(', ')}`)
  process.exit(2)
}
console.log(JSON.stringify(await bench()))
