import { beforeEach, describe, expect, test } from 'vitest';
import { decodeSample } from './mulaw.ts';
import { Playout } from './playout.ts';

/** Loud enough not to be taken for silence; its value says whose it is. */
const frame = (value: number): Uint8Array => new Uint8Array(160).fill(value);

let events: string[];
let playout: Playout;

beforeEach(() => {
  events = [];
  playout = new Playout({
    onMark: (name) => events.push(name),
    onSpeaking: (speaking) => events.push(speaking ? 'speaks' : 'pauses'),
  });
});

function play(ms: number): number[] {
  return Array.from({ length: ms * 8 }, () => playout.next());
}

function heard(samples: number[]): number {
  return samples.filter((sample) => sample !== 0).length / 8;
}

describe('the lead', () => {
  test('a voice begins when 60 ms of it wait', () => {
    playout.add(frame(1));
    playout.add(frame(2));
    expect(heard(play(10))).toBe(0);
    playout.add(frame(3));
    expect(heard(play(60))).toBe(60);
  });

  test('a short word that never fills the lead is heard after as long a wait', () => {
    playout.add(frame(1));
    expect(heard(play(60))).toBe(0);
    expect(heard(play(30))).toBe(20);
  });

  test('nobody waits for more of a reply that is marked as ended', () => {
    playout.add(frame(1));
    playout.mark('end');
    expect(heard(play(20))).toBe(20);
  });

  test('frames that come 40 ms late are not heard as a gap', () => {
    for (let n = 0; n < 3; n += 1) playout.add(frame(1));
    let voice = play(40);
    for (let n = 0; n < 3; n += 1) playout.add(frame(1));
    voice = voice.concat(play(60));
    expect(heard(voice)).toBe(100);
    expect(playout.stutters).toBe(0);
  });

  test('a line that stutters gets a longer lead, up to 200 ms', () => {
    for (let late = 0; late < 12; late += 1) {
      for (let n = 0; n < 15; n += 1) playout.add(frame(1));
      play(400);
    }
    expect(playout.stutters).toBe(11);
    for (let n = 0; n < 9; n += 1) playout.add(frame(1));
    expect(heard(play(100))).toBe(0);
    playout.add(frame(1));
    expect(heard(play(200))).toBe(200);
  });

  test('a new reply after a marked end is no stutter', () => {
    for (let n = 0; n < 3; n += 1) playout.add(frame(1));
    playout.mark('end');
    play(100);
    playout.add(frame(2));
    expect(playout.stutters).toBe(0);
  });
});

describe('what is heard', () => {
  test('is what was sent, in order, whatever the sizes', () => {
    playout.add(new Uint8Array(1_000).fill(0x10));
    playout.add(new Uint8Array(1).fill(0x20));
    playout.add(new Uint8Array(0));
    playout.add(new Uint8Array(39).fill(0x30));
    const voice = play(130);
    expect(voice.slice(0, 1_000)).toEqual(Array(1_000).fill(decodeSample(0x10)));
    expect(voice[1_000]).toBe(decodeSample(0x20));
    expect(voice.slice(1_001)).toEqual(Array(39).fill(decodeSample(0x30)));
  });

  test('is at most ten minutes of what waits, as at a carrier', () => {
    for (let minute = 0; minute < 12; minute += 1) playout.add(new Uint8Array(480_000).fill(1));
    expect(playout.waitingMs).toBe(600_000);
  });
});

describe('marks', () => {
  test('are echoed when all audio before them has been heard, not before', () => {
    for (let n = 0; n < 5; n += 1) playout.add(frame(1));
    playout.mark('end');
    play(99);
    expect(events).toEqual(['speaks']);
    play(2);
    expect(events).toEqual(['speaks', 'end']);
  });

  test('between two frames are echoed between them', () => {
    playout.add(frame(1));
    playout.mark('first');
    playout.add(frame(2));
    playout.mark('second');
    play(21);
    expect(events).toContain('first');
    expect(events).not.toContain('second');
  });

  test('on an empty line are echoed at once', () => {
    playout.mark('nothing before me');
    expect(events).toEqual(['nothing before me']);
  });

  test('wait for the loudspeaker’s own delay', () => {
    for (let n = 0; n < 3; n += 1) playout.add(frame(1));
    playout.mark('end', 40);
    play(99);
    expect(events).not.toContain('end');
    play(2);
    expect(events).toContain('end');
  });
});

describe('clear', () => {
  test('is silence with the very next sample', () => {
    for (let n = 0; n < 50; n += 1) playout.add(frame(1));
    play(100);
    playout.clear();
    expect(heard(play(100))).toBe(0);
    expect(playout.waitingMs).toBe(0);
  });

  test('echoes every waiting mark in order, also those on their way to the ear', () => {
    for (let n = 0; n < 3; n += 1) playout.add(frame(1));
    playout.mark('a', 500);
    play(70);
    playout.add(frame(1));
    playout.mark('b');
    playout.mark('c');
    playout.clear();
    expect(events).toEqual(['speaks', 'a', 'b', 'c', 'pauses']);
    play(600);
    expect(events).toHaveLength(5);
  });

  test('leaves the line ready for the next reply, and counts no stutter', () => {
    for (let n = 0; n < 3; n += 1) playout.add(frame(1));
    play(20);
    playout.clear();
    for (let n = 0; n < 3; n += 1) playout.add(frame(2));
    expect(heard(play(60))).toBe(60);
    expect(playout.stutters).toBe(0);
  });
});

test('a breath between words does not make the agent look silent', () => {
  for (let n = 0; n < 3; n += 1) playout.add(frame(1));
  play(260);
  expect(events).toEqual(['speaks']);
  play(60);
  expect(events).toEqual(['speaks', 'pauses']);
});
