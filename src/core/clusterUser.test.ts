import { describe, expect, test } from 'vitest';
import { isPair, loginOf, pairOf, withinRole, type ClusterRole } from './clusterUser.ts';

describe('Z11 the role of a cluster user', () => {
  const METHODS = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'get'];
  const allowed: Record<ClusterRole, readonly string[]> = {
    'read-only': ['GET', 'HEAD', 'OPTIONS'],
    'read-write': ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH'],
    admin: METHODS,
  };
  test.each(Object.entries(allowed))('%s may use %s', (role, methods) => {
    for (const method of METHODS) {
      const denial = withinRole({ role: role as ClusterRole, paths: ['/**'] }, method, null);
      expect([method, denial?.code]).toEqual([method, methods.includes(method) ? undefined : 'insufficient_scope']);
      if (denial) expect(denial.message).toContain(role);
    }
  });

  test('Z09 ends where its paths end, and where the path cannot be told', () => {
    const user = { role: 'admin', paths: ['/collections/a/**'] } as const;
    expect(withinRole(user, 'DELETE', '/collections/a/points')).toBeUndefined();
    expect(withinRole(user, 'GET', '/collections/b')?.code).toBe('insufficient_scope');
    expect(withinRole(user, 'GET', null)?.code).toBe('insufficient_scope');
  });
});

test('a pair is cut at its first colon: a password may hold more', () => {
  expect(pairOf('user:pass:word')).toEqual({ username: 'user', password: 'pass:word' });
  expect(pairOf(':')).toEqual({ username: '', password: '' });
  expect(isPair('kw_abc')).toBe(false);
  expect(isPair('user:')).toBe(true);
  expect(loginOf('svc_1', 'user')).toBe('svc_1/user');
});
