import { expect, test } from 'vitest';
import { isKey, KEYS, tonesOf } from './keytones.ts';

test('keys sound as on every telephone', () => {
  expect(tonesOf('1')).toEqual([697, 1_209]);
  expect(tonesOf('5')).toEqual([770, 1_336]);
  expect(tonesOf('#')).toEqual([941, 1_477]);
});

test('no two keys sound the same', () => {
  expect(new Set(KEYS.map((key) => tonesOf(key).join())).size).toBe(12);
});

test('only keys are keys', () => {
  expect(['1', '*', 'A', '', '10', 'Enter'].filter(isKey)).toEqual(['1', '*']);
});
