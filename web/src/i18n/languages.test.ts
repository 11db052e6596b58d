import { expect, test } from 'vitest';
import { en } from './en.ts';
import { he } from './he.ts';
import { directionOf, languageFor } from './languages.ts';

test('a choice is remembered over what the browser prefers', () => {
  expect(languageFor('en', ['he-IL'])).toBe('en');
});

test('otherwise the browser’s first language that we speak, else Hebrew', () => {
  expect(languageFor(null, ['fr-FR', 'en-GB', 'he'])).toBe('en');
  expect(languageFor(null, ['iw-IL', 'en'])).toBe('he');
  expect(languageFor('klingon', ['fr'])).toBe('he');
  expect(languageFor(null, [])).toBe('he');
});

test('Hebrew runs from right to left', () => {
  expect([directionOf('he'), directionOf('en')]).toEqual(['rtl', 'ltr']);
});

function leaves(tree: object, path = ''): [string, string][] {
  return Object.entries(tree).flatMap(([name, value]) =>
    typeof value === 'string'
      ? [[`${path}${name}`, value] as [string, string]]
      : leaves(value as object, `${path}${name}.`),
  );
}

test('Hebrew says everything that English says, in Hebrew', () => {
  const english = new Map(leaves(en));
  const hebrew = new Map(leaves(he));
  expect([...hebrew.keys()]).toEqual([...english.keys()]);
  const untranslated = [...hebrew].filter(([, words]) => !/[\u0590-\u05ff]/u.test(words));
  expect(untranslated).toEqual([]);
});

test('a translation keeps the places for values', () => {
  const hebrew = new Map(leaves(he));
  for (const [name, words] of leaves(en))
    expect(hebrew.get(name)?.match(/\{\{\w+\}\}/g)).toEqual(words.match(/\{\{\w+\}\}/g));
});
