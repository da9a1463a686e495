import { describe, expect, test } from 'vitest';
import { passwordComplaint } from './password.ts';

const about = { email: 'li.wei@example.com', name: 'Li Weiming', twoFactor: false };
const with2 = { ...about, twoFactor: true };

describe('a password', () => {
  test('alone has 15 characters, with a second factor 8, counted as people see them', () => {
    expect(passwordComplaint('fjord-kestrel-9', about)).toBeUndefined();
    expect(passwordComplaint('fjord-kestrel9', about)).toMatch(/at least 15/);
    expect(passwordComplaint('fj0rdKes', with2)).toBeUndefined();
    expect(passwordComplaint('fj0rdKe', with2)).toMatch(/at least 8/);
    expect(passwordComplaint('😀'.repeat(7), with2)).toMatch(/at least 8/);
  });

  test('has no more than 128 characters and no rule of composition', () => {
    const words = 'the quick brown fox and a very tired hedgehog by the river ';
    expect(passwordComplaint(words.repeat(3).slice(0, 128), about)).toBeUndefined();
    expect(passwordComplaint(words.repeat(3).slice(0, 129), about)).toMatch(/at most 128/);
    expect(passwordComplaint('只有汉字也可以当作密码因为没有规则', about)).toBeUndefined();
  });

  test.each([
    'password',
    'Password1',
    'P@ssw0rd!',
    'p4ssw0rd2026',
    'password12345678',
    'passwordpassword',
    'PasswordPassword1!',
    'P@ssw0rd2026P@ssw0rd2026',
    'qwertyuiop123456',
    '12345678901234567890',
    'aaaaaaaaaaaaaaaaaaaa',
    'abcabcabcabcabcabc',
    'abcdefghijklmnopqrstuvwxyz',
    'zyxwvutsrqponmlkj',
    '1qaz2wsx3edc4rfv',
    'asdfghjklzxcvbnm',
    'iloveyou20262026',
    'correcthorsebatterystaple',
    'keyward-admin'.replace('-', ''),
  ])('that is tried first is refused: %s', (password) => {
    expect(passwordComplaint(password, with2)).toMatch(/among the first/);
  });

  test.each(['li.wei@example.com!!', 'xx-weiming-and-more', 'EXAMPLE-example-77', 'Li Weiming was here'])(
    'that contains the e-mail or the name is refused: %s',
    (password) => expect(passwordComplaint(password, about)).toMatch(/e-mail or your name/),
  );

  test('may contain a short word that happens to be in the name', () => {
    expect(
      passwordComplaint('please deliver the green bottles', { ...about, name: 'Del', email: 'd@x.io' }),
    ).toBeUndefined();
  });
});
