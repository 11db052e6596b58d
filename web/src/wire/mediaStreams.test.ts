import { describe, expect, test } from 'vitest';
import { CarrierStream, decodePlatform, streamNames } from './mediaStreams.ts';

const NAMES = streamNames('0192f7a1-5c3e-7d10-9a4b-1f2e3d4c5b6a', 'ab'.repeat(16));

describe('what a carrier says', () => {
  test('is what Twilio says, message by message', () => {
    const stream = new CarrierStream(NAMES);
    const frame = new Uint8Array(160).fill(0xff);
    const said = [
      stream.connected(),
      stream.start({ ticket: 't', direction: 'inbound' }),
      stream.media(frame),
      stream.media(frame),
      stream.mark('m1'),
      stream.dtmf('5'),
      stream.stop(),
    ].map((message) => JSON.parse(message) as unknown);

    const streamSid = NAMES.streamSid;
    const payload = `${'/'.repeat(213)}w==`;
    expect(said).toEqual([
      { event: 'connected', protocol: 'Call', version: '1.0.0' },
      {
        event: 'start',
        sequenceNumber: '1',
        streamSid,
        start: {
          accountSid: NAMES.accountSid,
          streamSid,
          callSid: NAMES.callSid,
          tracks: ['inbound'],
          mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8_000, channels: 1 },
          customParameters: { ticket: 't', direction: 'inbound' },
        },
      },
      {
        event: 'media',
        sequenceNumber: '2',
        streamSid,
        media: { track: 'inbound', chunk: '1', timestamp: '0', payload },
      },
      {
        event: 'media',
        sequenceNumber: '3',
        streamSid,
        media: { track: 'inbound', chunk: '2', timestamp: '20', payload },
      },
      { event: 'mark', sequenceNumber: '4', streamSid, mark: { name: 'm1' } },
      {
        event: 'dtmf',
        sequenceNumber: '5',
        streamSid,
        dtmf: { track: 'inbound_track', digit: '5' },
      },
      {
        event: 'stop',
        sequenceNumber: '6',
        streamSid,
        stop: { accountSid: NAMES.accountSid, callSid: NAMES.callSid },
      },
    ]);
  });

  test('names the call by our own id, in the carrier’s form', () => {
    expect(NAMES).toEqual({
      accountSid: `AC${'0'.repeat(32)}`,
      callSid: 'CA0192f7a15c3e7d109a4b1f2e3d4c5b6a',
      streamSid: `MZ${'ab'.repeat(16)}`,
    });
  });
});

describe('what the platform says', () => {
  test('audio comes as the bytes that were sent', () => {
    const message = '{"event":"media","streamSid":"MZ","media":{"payload":"AH+A/w=="}}';
    expect(decodePlatform(message)).toEqual({
      kind: 'media',
      audio: Uint8Array.of(0x00, 0x7f, 0x80, 0xff),
    });
  });

  test('marks and clear are understood', () => {
    expect(decodePlatform('{"event":"mark","mark":{"name":"r1:3"}}')).toEqual({
      kind: 'mark',
      name: 'r1:3',
    });
    expect(decodePlatform('{"event":"clear","streamSid":"MZ"}')).toEqual({ kind: 'clear' });
  });

  test('a transcript may say when it was heard', () => {
    const transcript = { role: 'caller', item: 'i1', text: 'שלום', final: true };
    const decoded = { kind: 'transcript', ...transcript };
    const event = 'transcript';
    expect(decodePlatform(JSON.stringify({ event, transcript }))).toEqual({
      ...decoded,
      atMs: null,
    });
    expect(
      decodePlatform(JSON.stringify({ event, transcript: { ...transcript, at_ms: 40 } })),
    ).toEqual({ ...decoded, atMs: 40 });
  });

  test('an end and a refusal carry their reason', () => {
    expect(decodePlatform('{"event":"ended","ended":{"reason":"silence"}}')).toEqual({
      kind: 'ended',
      reason: 'silence',
    });
    expect(decodePlatform('{"event":"refused","refused":{"reason":"Used."}}')).toEqual({
      kind: 'refused',
      reason: 'Used.',
    });
  });

  test.each([
    '',
    'null',
    '[]',
    '{',
    '"media"',
    '{"event":"unheard of"}',
    '{"event":"media"}',
    '{"event":"media","media":{"payload":7}}',
    '{"event":"media","media":{"payload":"%%%"}}',
    '{"event":"mark","mark":{}}',
    '{"event":"transcript","transcript":{"role":"nobody","item":"i","text":""}}',
    '{"event":"transcript","transcript":{"role":"agent","item":"i"}}',
  ])('nonsense is ignored: %s', (message) => {
    expect(decodePlatform(message)).toBeNull();
  });
});
