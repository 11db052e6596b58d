import { describe, expect, test } from 'vitest';
import { durationMs, handle, IDLE, isUnderWay, type CallState, type Fact } from './call.ts';
import type { TranscriptLine } from './call.ts';

const after = (state: CallState, ...facts: Fact[]): CallState => facts.reduce(handle, state);

const PRESSED: Fact = { kind: 'CallPressed', direction: 'inbound' };
const OPENED: Fact = { kind: 'MicrophoneOpened' };
const PLACED: Fact = { kind: 'CallPlaced', callId: 'c1', engine: 'embedded' };
const BEGAN: Fact = { kind: 'AgentBegan' };
const PAUSED: Fact = { kind: 'AgentPaused' };

const ringing = after(IDLE, PRESSED, OPENED, PLACED, { kind: 'LineOpened', at: 1_000 });
const talking = after(ringing, BEGAN);

function line(change: Partial<TranscriptLine>): Fact {
  const plain: TranscriptLine = { role: 'agent', item: 'a', text: 'x', final: false, atMs: null };
  return { kind: 'TranscriptCame', line: { ...plain, ...change } };
}

describe('a call', () => {
  test('passes from the press to the voice', () => {
    let state = IDLE;
    const phases = [PRESSED, OPENED, PLACED, { kind: 'LineOpened', at: 0 } as const, BEGAN].map(
      (fact) => (state = handle(state, fact)).phase,
    );
    expect(phases).toEqual(['asking', 'connecting', 'connecting', 'ringing', 'talking']);
    expect(state.callId).toBe('c1');
  });

  test('is greeted first; what the agent says after its first pause is no greeting', () => {
    expect(talking.greeted).toBe(false);
    expect(after(talking, PAUSED, BEGAN)).toMatchObject({ greeted: true, agentIsSpeaking: true });
  });

  test('lasts from the open line to its end, and not longer', () => {
    expect(durationMs(IDLE, 9_000)).toBe(0);
    expect(durationMs(talking, 4_000)).toBe(3_000);
    const over = after(talking, { kind: 'HangUpPressed', at: 6_000 });
    expect(durationMs(over, 99_000)).toBe(5_000);
  });

  test('ends once: what comes after does not change why', () => {
    const over = after(talking, { kind: 'CallEnded', reason: 'silence', at: 5_000 });
    const late: Fact[] = [
      { kind: 'CallFailed', problem: 'connection-lost', sentence: null, at: 6_000 },
      { kind: 'HangUpPressed', at: 7_000 },
      BEGAN,
      { kind: 'KeyPressed', key: '1' },
      { kind: 'LineOpened', at: 8_000 },
      { kind: 'MuteToggled' },
    ];
    expect(after(over, ...late)).toEqual(over);
    expect(over.ending).toEqual({ kind: 'ended', reason: 'silence' });
  });

  test('whose agent failed says that the agent is not available', () => {
    const over = after(ringing, { kind: 'CallEnded', reason: 'engine_failed', at: 2_000 });
    expect(over.ending).toEqual({ kind: 'problem', problem: 'agent-unavailable', sentence: null });
  });

  test('can be given up while the browser still asks for the microphone', () => {
    const over = after(IDLE, PRESSED, { kind: 'HangUpPressed', at: 10 });
    expect(after(over, OPENED, PLACED, { kind: 'LineOpened', at: 20 })).toEqual(over);
  });

  test('begins anew without anything of the one before', () => {
    const before = after(
      talking,
      { kind: 'MuteToggled' },
      { kind: 'KeyPressed', key: '5' },
      line({}),
      { kind: 'HangUpPressed', at: 2_000 },
    );
    expect(before).toMatchObject({ muted: true, keys: '5' });
    const again = after(before, { kind: 'CallPressed', direction: 'outbound' });
    expect(again).toEqual({ ...IDLE, phase: 'asking', direction: 'outbound' });
  });

  test('is not placed twice by an impatient finger', () => {
    expect(after(talking, PRESSED)).toBe(talking);
  });

  test('notices a microphone and a network that go', () => {
    const state = after(talking, { kind: 'MicrophoneLost' });
    expect(after(state, { kind: 'NetworkChanged', offline: true })).toMatchObject({
      phase: 'talking',
      microphoneLost: true,
      offline: true,
    });
  });
});

describe('the transcript', () => {
  const texts = (state: CallState): string[] => state.lines.map((said) => said.text);

  test('a growing text stays one line', () => {
    const state = after(
      talking,
      line({ text: 'Hello' }),
      line({ text: 'Hello, this is the clinic', final: true }),
    );
    expect(texts(state)).toEqual(['Hello, this is the clinic']);
    expect(state.lines[0]?.final).toBe(true);
  });

  test('an interrupted reply is cut to what was heard', () => {
    const state = after(
      talking,
      line({ text: 'We are open from eight to' }),
      line({ text: 'We are open', final: true }),
    );
    expect(texts(state)).toEqual(['We are open']);
  });

  test('a late piece does not undo the final text', () => {
    const state = after(talking, line({ text: 'whole', final: true }), line({ text: 'who' }));
    expect(texts(state)).toEqual(['whole']);
  });

  test('recognised late, a question still stands before its answer', () => {
    const state = after(
      talking,
      line({ item: 'a', text: 'greeting', final: true, atMs: 0 }),
      line({ item: 'b', text: 'answer', atMs: 4_000 }),
      line({ role: 'caller', item: 'c', text: 'question', final: true, atMs: 2_500 }),
    );
    expect(texts(state)).toEqual(['greeting', 'question', 'answer']);
  });

  test('without times, lines stand as they came', () => {
    const state = after(talking, line({ item: 'a', text: '1' }), line({ item: 'b', text: '2' }));
    expect(texts(state)).toEqual(['1', '2']);
  });

  test('may be completed after the end', () => {
    const over = after(talking, { kind: 'HangUpPressed', at: 2_000 });
    expect(texts(after(over, line({ text: 'bye', final: true })))).toEqual(['bye']);
  });

  test('keeps no empty line once the call is over', () => {
    const state = after(talking, line({ item: 'a', text: '' }), line({ item: 'b', text: 'said' }));
    expect(texts(after(state, { kind: 'HangUpPressed', at: 2_000 }))).toEqual(['said']);
  });
});

test('keys count only on an open line', () => {
  const key: Fact = { kind: 'KeyPressed', key: '7' };
  expect(after(IDLE, key).keys).toBe('');
  expect(after(ringing, key, key).keys).toBe('77');
});

test('a call is under way from the press to the end', () => {
  expect([IDLE, after(IDLE, PRESSED), ringing, talking].map(isUnderWay)).toEqual([
    false,
    true,
    true,
    true,
  ]);
});
