import { useState } from 'react';
import { isLost } from '../api/client.ts';

/**
 * Tells the server that a creation is the same one sent again: after a lost answer it makes nothing twice. Tell `onRefused`
 * of what went wrong: what is sent after a refusal is another creation, unless nobody knows what became of this one.
 */
export function useAttempt(): { headers: Readonly<Record<string, string>>; onRefused: (error: unknown) => void } {
  const [token, setToken] = useState(() => crypto.randomUUID());
  return {
    headers: { 'idempotency-key': `"${token}"` },
    onRefused: (error) => {
      if (!isLost(error)) setToken(crypto.randomUUID());
    },
  };
}
