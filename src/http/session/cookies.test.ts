import { expect, test } from 'vitest';
import { refuseForeign } from './cookies.ts';

const PAGE = { origin: 'https://keys.example', 'x-keyward-csrf': '1', 'sec-fetch-site': 'same-origin' };

test.each([
  ['none was told of', { ...PAGE, host: '10.0.0.5:8080' }, null, /Set KEYWARD_PUBLIC_URL/],
  ['another was told of', PAGE, 'https://old.example', /Open this server at https:\/\/old\.example, or correct/],
  ['another site sent it', { ...PAGE, 'sec-fetch-site': 'cross-site' }, 'https://keys.example', /from another site\.$/],
])('a page whose address is not ours is refused with what to mend: %s', (_, headers, publicUrl, why) => {
  expect(() => refuseForeign({ method: 'POST', headers }, publicUrl)).toThrow(why);
});

test.each([
  ['as it was told of', PAGE, 'https://keys.example'],
  ['behind a proxy that keeps the host', { ...PAGE, host: 'keys.example' }, null],
])('a page at our address passes: %s', (_, headers, publicUrl) => {
  expect(() => refuseForeign({ method: 'POST', headers }, publicUrl)).not.toThrow();
});
