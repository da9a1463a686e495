import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { FormInstance } from 'antd';
import { useRef, useState } from 'react';
import { isLost } from '../api/client.ts';
import { NotProved, proving } from '../session/proving.ts';
import type { Aliases } from './aliases.ts';
import { placeFaults } from './faults.ts';

/**
 * Sends what a form holds. What was typed stays when the server finds a fault, and the fault stands at its field; those
 * of no field are in `faults`. Whoever has to prove who they are is asked, and it is sent again.
 */
export function useSending<V, R>(options: {
  form: FormInstance<V>;
  send: (values: V) => Promise<R>;
  onDone: (answer: R) => void;
  onRefused?: (error: Error) => void;
  /** Said where nobody knows what became of it, of what would be made twice. */
  ifLost?: string;
  aliases?: Aliases;
}): {
  faults: readonly string[];
  isSending: boolean;
  /** Whether the server has it and has not answered yet; not while somebody is asked who they are. */
  isAtServer: () => boolean;
  submit: (values: V) => void;
} {
  const { form, send, onDone, onRefused, ifLost, aliases } = options;
  const queries = useQueryClient();
  const [faults, setFaults] = useState<readonly string[]>([]);
  const isUnderWay = useRef(false);
  const isAtServer = useRef(false);
  const sending = useMutation({
    mutationFn: (values: V) =>
      proving(async () => {
        isAtServer.current = true;
        try {
          return await send(values);
        } finally {
          isAtServer.current = false;
        }
      }),
    onSuccess: onDone,
    onError: (error) => {
      if (error instanceof NotProved) return;
      onRefused?.(error);
      const told = placeFaults(form, error, aliases);
      if (ifLost === undefined || !isLost(error)) return setFaults(told);
      // The page behind the form is to show what became of it.
      void queries.invalidateQueries();
      setFaults([...told, ifLost]);
    },
    onSettled: () => {
      isUnderWay.current = false;
      // What was sent and what came back can be secret: they are not for whoever looks at the page later.
      sending.reset();
    },
  });
  return {
    faults,
    isSending: sending.isPending,
    isAtServer: () => isAtServer.current,
    submit: (values) => {
      // Enter in a field sends a form whose button is shown to be at work.
      if (isUnderWay.current) return;
      isUnderWay.current = true;
      setFaults([]);
      sending.mutate(values);
    },
  };
}
