import { BellOutlined } from '@ant-design/icons';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Empty } from 'antd';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { useAppearance } from '../appearance.ts';
import { sayingAmounts } from '../shell/amounts.ts';
import { Choice } from '../shell/Choice.tsx';
import { List } from '../shell/List.tsx';
import { Moment } from '../shell/Moment.tsx';
import { State } from '../shell/State.tsx';
import type { Column } from '../shell/Table.tsx';
import { NoticeSaying } from './NoticeSaying.tsx';
import { KINDS, type NoticeKind } from './noticesView.ts';
import { noticesQuery, type Notice, type Of } from './queries.ts';

/** Notices, each with how pressing it is, what it is about and what to do. */
export function NoticeTable({ of, kind }: { of: Of; kind: NoticeKind | undefined }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const list = useInfiniteQuery(noticesQuery(of, kind));
  // Who looks at one key’s has not seen the others.
  const isAll = kind === undefined && !('keyId' in of && of.keyId !== undefined);
  useRead(of, isAll ? list.data?.pages[0]?.data[0]?.createdAt : undefined);
  const columns: readonly Column<Notice>[] = [
    {
      key: 'severity',
      title: t('notices.severityTitle'),
      from: 576,
      render: (notice) => {
        const severity = severityOf(notice);
        return <State kind={severity}>{t(`notices.severity.${severity}`)}</State>;
      },
    },
    { key: 'what', title: t('notices.what'), render: (notice) => <What notice={notice} /> },
    { key: 'when', title: t('notices.when'), render: ({ createdAt }) => <Moment at={createdAt} /> },
  ];
  return (
    <>
      <p className="soft">{t('notices.why')}</p>
      <div style={{ marginBottom: 16 }}>
        <Choice
          label={t('notices.kind')}
          value={kind}
          options={KINDS.map((value) => ({ value, label: t(`notices.kinds.${value}`) }))}
          onChange={(next) =>
            void navigate({
              to: '.',
              search: {
                ...(next !== undefined && { kind: next as NoticeKind }),
                ...('projectId' in of && { keyId: of.keyId }),
              },
              replace: true,
            })
          }
        />
      </div>
      <List
        label={t('notices.title')}
        list={list}
        columns={columns}
        empty={
          <Empty
            image={<BellOutlined style={{ fontSize: 40 }} />}
            styles={{ image: { height: 48 } }}
            description={kind === undefined ? t('notices.none') : t('notices.noneOfKind')}
          />
        }
      />
    </>
  );
}

/** Who is shown the newest of them has seen them all. `until`: when the newest was made; undefined: it is not shown. */
function useRead(of: Of, until: string | undefined): void {
  const queries = useQueryClient();
  const [name, id] = Object.entries(of)[0] ?? [];
  useEffect(() => {
    if (until === undefined || name === undefined) return;
    const body = { [name]: id, until };
    // A count that stays too high is no harm: the next look takes it away.
    call('POST', '/notices/read', { body })
      .then(() => queries.invalidateQueries({ queryKey: ['unread'] }))
      .catch(() => undefined);
  }, [queries, name, id, until]);
}

/** What happened in a sentence, what it is about, and what to do. */
function What({ notice }: { notice: Notice }) {
  const { t } = useTranslation();
  const { language } = useAppearance();
  const { kind, threshold, used, amount, limit } = notice;
  const unit = limit?.unit ?? 'requests';
  const number = new Intl.NumberFormat(language);
  const say =
    unit === 'cost'
      ? sayingAmounts(Number(amount), language, { isColumn: false, rounding: 'floor' })
      : (count: number) => number.format(count);
  return (
    <div className="any">
      <div>
        <strong>{t(`notices.kinds.${kind}`)}</strong> · <Subject notice={notice} />
      </div>
      {kind === 'limit.reached' && (
        <div>
          {t('notices.limit', {
            percent: threshold,
            used: say(Number(used)),
            amount: say(Number(amount)),
            unit: t(`unit.${unit}`),
            window:
              limit?.window?.kind === 'calendar'
                ? t(`standing.per.${limit.window.period ?? 'day'}`)
                : t('window.lifetime'),
          })}
        </div>
      )}
      {kind === 'key.expiry' && notice.expiresAt !== null && (
        <div>
          {t('notices.expiry', {
            at: new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(
              new Date(notice.expiresAt),
            ),
          })}
        </div>
      )}
      {kind === 'key.rotation' && <div>{t('notices.rotation', { count: threshold ?? 0 })}</div>}
      <NoticeSaying notice={notice} />
      <div className="soft">{t(`notices.todo.${kind}`)}</div>
    </div>
  );
}

/** It stands in a line of text, and is not to be told by its colour alone. */
const UNDERLINED = { textDecoration: 'underline' };

function Subject({ notice: { subject, accountId } }: { notice: Notice }) {
  const { type, id, name, masked } = subject;
  if (type === 'key')
    return (
      <>
        <Link to="/keys/$keyId" params={{ keyId: id }} style={UNDERLINED}>
          {name}
        </Link>{' '}
        {masked !== null && <code>{masked}</code>}
      </>
    );
  if (type === 'project')
    return (
      <Link to="/projects/$projectId/keys" params={{ projectId: id }} style={UNDERLINED}>
        {name}
      </Link>
    );
  if (type === 'webhook')
    return (
      <Link to="/accounts/$accountId/webhooks/$webhookId" params={{ accountId, webhookId: id }} style={UNDERLINED}>
        {name}
      </Link>
    );
  return <>{name}</>;
}

/** How pressing it is. */
function severityOf({ kind, threshold }: Notice): 'bad' | 'warn' | 'off' {
  if (kind === 'key.leaked' || kind === 'webhook.paused') return 'bad';
  if (kind === 'limit.reached') return threshold === 100 ? 'bad' : threshold === 80 ? 'warn' : 'off';
  if (kind === 'key.expiry') return threshold === 0 ? 'bad' : threshold === 3 ? 'warn' : 'off';
  return 'warn';
}
