import { expect, test } from 'vitest';
import { en } from '../../i18n/en.ts';
import { he } from '../../i18n/he.ts';
import { IDLE, type CallState } from './call.ts';
import { problemOf } from './microphone.ts';
import { clock, endingWords, statusOf } from './status.ts';

const talking: CallState = { ...IDLE, phase: 'talking', openedAt: 0 };

test('the agent greets, then speaks, and listens between', () => {
  expect(statusOf({ ...talking, agentIsSpeaking: true })).toBe('greeting');
  expect(statusOf({ ...talking, greeted: true })).toBe('listening');
  expect(statusOf({ ...talking, greeted: true, agentIsSpeaking: true })).toBe('speaking');
});

test('a call that never was has failed, not ended', () => {
  const ending = { kind: 'problem', problem: 'microphone-refused', sentence: null } as const;
  expect(statusOf({ ...IDLE, phase: 'over', ending })).toBe('failed');
  expect(statusOf({ ...talking, phase: 'over', ending })).toBe('over');
});

test('a reason that this page does not know has words too', () => {
  expect(endingWords({ kind: 'ended', reason: 'longest_call' })).toBe('longestCall');
  expect(endingWords({ kind: 'ended', reason: 'eclipse of the moon' })).toBe('other');
  expect(endingWords({ kind: 'hung-up' })).toBe('hungUp');
});

test('a goodbye ends the call in the same words, whoever said it first', () => {
  expect(endingWords({ kind: 'ended', reason: 'user_goodbye' })).toBe('farewell');
  expect(endingWords({ kind: 'ended', reason: 'agent_goodbye' })).toBe('farewell');
});

test('time reads as on a telephone', () => {
  expect([0, 999, 61_000, 3_599_000, 3_600_000].map(clock)).toEqual([
    '0:00',
    '0:00',
    '1:01',
    '59:59',
    '60:00',
  ]);
});

test('the browser’s names for a missing microphone become remedies', () => {
  expect(problemOf('NotAllowedError')).toBe('microphone-refused');
  expect(problemOf('NotFoundError')).toBe('microphone-absent');
  expect(problemOf('NotReadableError')).toBe('microphone-busy');
  expect(problemOf('something new')).toBe('microphone-busy');
});

test('every problem has a title and a remedy in each language', () => {
  expect(Object.keys(he.problem)).toEqual(Object.keys(en.problem));
  for (const words of [...Object.values(en.problem), ...Object.values(he.problem)]) {
    expect(words.title).not.toBe('');
    expect(words.remedy).not.toBe('');
  }
});
