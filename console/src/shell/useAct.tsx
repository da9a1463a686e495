import { useQueryClient, type QueryKey } from '@tanstack/react-query';
import { App, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { NotProved, proving } from '../session/proving.ts';

interface After<R> {
  /** What is said when it is done. */
  readonly done: string;
  /** What it has changed and is to be read anew. */
  readonly refresh?: readonly QueryKey[];
  readonly onDone?: (answer: R) => void;
  /** Takes it back; offered beside what is said. */
  readonly undo?: () => Promise<unknown>;
}

/** Does what one click asks for, says what came of it, and asks people who they are where the server wants to know. */
export function useAct(): <R>(work: () => Promise<R>, after: After<R>) => Promise<void> {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const refreshAll = (keys: readonly QueryKey[] = []) =>
    Promise.all(keys.map((queryKey) => queries.invalidateQueries({ queryKey })));

  return async function act<R>(work: () => Promise<R>, { done, refresh, onDone, undo }: After<R>): Promise<void> {
    try {
      const answer = await proving(work);
      const said = message.success({
        content: undo ? (
          <>
            {done}{' '}
            <Button
              type="link"
              size="small"
              onClick={() => {
                said();
                void act(undo, { done: t('act.undone'), ...(refresh && { refresh }) });
              }}
            >
              {t('act.undo')}
            </Button>
          </>
        ) : (
          done
        ),
        duration: undo ? 10 : 3,
      });
      onDone?.(answer);
    } catch (error) {
      if (!(error instanceof NotProved)) void message.error((error as Error).message);
    }
    await refreshAll(refresh);
  };
}
