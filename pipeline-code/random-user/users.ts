import { createHash } from 'node:crypto';

import { userApiVersion } from '../contract';
import { adjectives, animals, nations, type Nation } from './words';

/** The users of one page, in the shape of randomuser.me. The same arguments give the same users, always. */
export function page(seed: string, number: number, results: number, nationalities: readonly string[] = []) {
  const allowed = nationalities.filter((nat) => nat in nations);
  const nats = allowed.length > 0 ? allowed : Object.keys(nations);
  return {
    results: Array.from({ length: results }, (_, index) => user(dice(`${seed}|${number}|${index}`), nats)),
    info: { seed, results, page: number, version: userApiVersion },
  };
}

interface Dice {
  /** From `low` to `high`, both included. */
  number(low: number, high: number): number;
  pick<T>(from: readonly T[]): T;
  /** Fills a pattern: `#` is a digit, `@` a capital letter. */
  pattern(text: string): string;
  hex(length: number): string;
}

/** Numbers that look random and depend on the seed alone (sfc32, seeded by a hash). */
function dice(seed: string): Dice {
  const digest = createHash('sha256').update(seed).digest();
  let [a, b, c, d] = [0, 4, 8, 12].map((at) => digest.readInt32LE(at)) as [number, number, number, number];
  const next = (): number => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + t) | 0;
    return (t >>> 0) / 4_294_967_296;
  };
  const number = (low: number, high: number) => low + Math.floor(next() * (high - low + 1));
  return {
    number,
    pick: (from) => from[number(0, from.length - 1)]!,
    pattern: (text) =>
      text
        // No post code begins with 0, which a number would lose.
        .replace(/^#/, () => String(number(1, 9)))
        .replace(/#/g, () => String(number(0, 9)))
        .replace(/@/g, () => String.fromCharCode(number(65, 90))),
    hex: (length) => Array.from({ length }, () => number(0, 15).toString(16)).join(''),
  };
}

const YEAR = 365.25 * 86_400_000;
// "Age" must not change with the day on which it is asked.
const TODAY = Date.UTC(2026, 0, 1);

function user(roll: Dice, nats: readonly string[]) {
  const nat = roll.pick(nats);
  const nation = nations[nat] as Nation;
  const gender = roll.pick(['female', 'male'] as const);
  const first = roll.pick(nation.first[gender]);
  const last = roll.pick(nation.last);
  const [city, state] = roll.pick(nation.places);
  const postcode = roll.pattern(nation.postcode);
  const born = roll.number(TODAY - 80 * YEAR, TODAY - 21 * YEAR);
  const registered = roll.number(Date.UTC(2002, 3, 1), TODAY);
  const username = roll.pick(adjectives) + roll.pick(animals) + roll.number(100, 999);
  const uuid = roll.hex(32);
  const portrait = `portraits/%/${gender === 'female' ? 'women' : 'men'}/${roll.number(0, 99)}.jpg`;
  const picture = (size: string) => `https://randomuser.me/api/${portrait.replace('%/', size)}`;
  return {
    gender,
    name: { title: gender === 'female' ? roll.pick(['Ms', 'Mrs', 'Miss']) : 'Mr', first, last },
    location: {
      street: { number: roll.number(1, 9999), name: roll.pick(nation.streets) },
      city,
      state,
      country: nation.country,
      postcode: nation.numericPostcode ? Number(postcode) : postcode,
      coordinates: {
        latitude: (roll.number(-900_000, 900_000) / 10_000).toFixed(4),
        longitude: (roll.number(-1_800_000, 1_800_000) / 10_000).toFixed(4),
      },
      timezone: { offset: nation.offset, description: nation.country },
    },
    email: `${ascii(first)}.${ascii(last)}@example.com`,
    login: {
      uuid: `${uuid.slice(0, 8)}-${uuid.slice(8, 12)}-4${uuid.slice(13, 16)}-a${uuid.slice(17, 20)}-${uuid.slice(20)}`,
      username,
      password: roll.hex(8),
      salt: roll.hex(8),
      md5: roll.hex(32),
      sha1: roll.hex(40),
      sha256: roll.hex(64),
    },
    dob: { date: new Date(born).toISOString(), age: Math.floor((TODAY - born) / YEAR) },
    registered: { date: new Date(registered).toISOString(), age: Math.floor((TODAY - registered) / YEAR) },
    phone: roll.pattern(nation.phone),
    cell: roll.pattern(nation.phone),
    id: { name: '', value: null },
    picture: { large: picture(''), medium: picture('med/'), thumbnail: picture('thumb/') },
    nat,
  };
}

function ascii(name: string): string {
  return name
    .replace(/ß/g, 'ss')
    .normalize('NFD')
    .replace(/[^A-Za-z]/g, '')
    .toLowerCase();
}
