/** PURE. The keys of a telephone and the two tones that each of them sounds. */

export const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#'] as const;
export type Key = (typeof KEYS)[number];

const ROWS_HZ = [697, 770, 852, 941] as const;
const COLUMNS_HZ = [1_209, 1_336, 1_477] as const;

export function isKey(text: string): text is Key {
  return (KEYS as readonly string[]).includes(text);
}

/** The low and the high tone of a key (ITU-T Q.23). */
export function tonesOf(key: Key): readonly [number, number] {
  const place = KEYS.indexOf(key);
  const row = ROWS_HZ[Math.floor(place / 3)];
  const column = COLUMNS_HZ[place % 3];
  if (row === undefined || column === undefined) throw new RangeError(`no tones for ${key}`);
  return [row, column];
}
