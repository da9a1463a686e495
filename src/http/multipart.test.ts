import { describe, expect, test } from 'vitest';
import { Fault } from '../core/fault.ts';
import { multipartModel, rewriteMultipart } from './multipart.ts';

const TYPE = 'multipart/form-data; boundary=----B0und';

function body(...parts: string[]): Buffer {
  return Buffer.from(`${parts.map((part) => `------B0und\r\n${part}\r\n`).join('')}------B0und--\r\n`, 'latin1');
}

function field(name: string, value: string, extra = ''): string {
  return `Content-Disposition: form-data; name="${name}"${extra}\r\n\r\n${value}`;
}

const FILE =
  'content-disposition: form-data; name="file"; filename="a\\"b.mp3"\r\nContent-Type: audio/mpeg\r\n\r\n\x00\xff\r\n--\r\nname="model"\r\n';

describe('the model of a multipart body', () => {
  test('is found wherever it stands, and null when there is none', () => {
    expect(multipartModel(body(FILE, field('model', 'whisper-1')), TYPE)).toBe('whisper-1');
    expect(multipartModel(body(field('model', 'whisper-1'), FILE), TYPE)).toBe('whisper-1');
    expect(
      multipartModel(
        body('Content-Disposition: form-data; name=model\r\n\r\nm'),
        'Multipart/Form-Data; charset=utf-8; Boundary="----B0und"',
      ),
    ).toBe('m');
    expect(multipartModel(body(FILE, field('model_', 'x'), field('prompt', '')), TYPE)).toBeNull();
  });

  test('is read from what real clients send', async () => {
    const form = new FormData();
    form.set('file', new Blob([Buffer.alloc(300_000, 0x2d)]), 'speech "1".mp3');
    form.set('model', 'org/größe');
    form.append('timestamp_granularities[]', 'word');
    const request = new Request('http://localhost', { method: 'POST', body: form });
    const type = request.headers.get('content-type') ?? '';
    const sent = Buffer.from(await request.arrayBuffer());
    expect(multipartModel(sent, type)).toBe('org/größe');
    const expected = Buffer.from(
      sent.toString('latin1').replace(Buffer.from('org/größe').toString('latin1'), 'whisper-1'),
      'latin1',
    );
    expect(rewriteMultipart(sent, type, 'whisper-1')).toEqual(expected);
  });

  test('is replaced on its own bytes; nothing is copied when it stays', () => {
    const before = body(FILE, field('model', 'a'), field('n', '1'));
    expect(rewriteMultipart(before, TYPE, 'longer')).toEqual(body(FILE, field('model', 'longer'), field('n', '1')));
    expect(rewriteMultipart(before, TYPE, 'a')).toBe(before);
  });

  test.each<[string, Buffer, string?]>([
    ['twice', body(field('model', 'a'), field('model', 'a'))],
    ['in another case', body(field('Model', 'a'))],
    ['as a file', body(field('model', 'a', '; filename="x"'))],
    ['with an extended name', body('Content-Disposition: form-data; name="x"; name*=utf-8\'\'model\r\n\r\na')],
    ['with two names', body('Content-Disposition: form-data; name="x"; name="model"\r\n\r\na')],
    ['with an escaped name', body('Content-Disposition: form-data; name="mo\\del"\r\n\r\na')],
    ['encoded', body('Content-Transfer-Encoding: base64\r\nContent-Disposition: form-data; name="model"\r\n\r\nYQ==')],
    [
      'with two dispositions',
      body('Content-Disposition: form-data; name="x"\r\nContent-Disposition: form-data; name="model"\r\n\r\na'),
    ],
    ['in a folded header', body('Content-Disposition: form-data;\r\n name="model"\r\n\r\na')],
    [
      'in a header with a bare LF',
      body('X: 1\nContent-Disposition: form-data; name="model"\r\nContent-Disposition: form-data; name="x"\r\n\r\na'),
    ],
    ['empty', body(field('model', ''))],
    ['over two lines', body(field('model', 'a\r\nb'))],
    ['too long', body(field('model', 'a'.repeat(201)))],
    [
      'behind a bare LF boundary inside a part',
      body(field('x', 'y\n------B0und\nContent-Disposition: form-data; name="model"\n\nz')),
    ],
    [
      'behind a boundary inside a part that only an LF comes before',
      body(field('x', 'y\n------B0und\r\nContent-Disposition: form-data; name="model"\r\n\r\nz')),
    ],
    ['behind the end', Buffer.concat([body(field('x', 'y')), body(field('model', 'a'))])],
    ['in a body cut short', body(field('model', 'a')).subarray(0, -6)],
    ['before the first boundary', Buffer.concat([Buffer.from('preamble\r\n'), body(field('model', 'a'))])],
    ['without a disposition', body('X: y\r\n\r\na')],
    ['without headers', body('\r\na')],
    ['under another boundary', body(field('model', 'a')), 'multipart/form-data; boundary=other'],
    ['under two boundaries', body(field('model', 'a')), `${TYPE}; boundary=other`],
    ['under none', body(field('model', 'a')), 'multipart/form-data'],
    ['among a thousand and one parts', body(...Array.from({ length: 1001 }, () => field('x', '')))],
    ['in nothing', Buffer.alloc(0)],
    ['in no part', Buffer.from('------B0und--')],
  ])('is refused %s', (_how, bytes, type = TYPE) => {
    expect(() => multipartModel(bytes, type)).toThrow(Fault);
  });

  test('cannot make the search slow: a body of boundaries, and one of dashes', () => {
    expect(() => multipartModel(Buffer.from('------B0und\r\n'.repeat(500_000)), TYPE)).toThrow(Fault);
    expect(() => multipartModel(Buffer.alloc(8_000_000, 0x2d), TYPE)).toThrow(Fault);
  });
});
