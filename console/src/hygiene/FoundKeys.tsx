import { CheckCircleOutlined } from '@ant-design/icons';
import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Button, Empty, Flex, Tag } from 'antd';
import { useCallback, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { BulkBar } from '../bulk/BulkBar.tsx';
import type { Deed } from '../bulk/bulk.ts';
import { KeyName, Made } from '../keys/KeyTable.tsx';
import type { May } from '../shell/here.ts';
import { Moment } from '../shell/Moment.tsx';
import { Table, type Column } from '../shell/Table.tsx';
import type { Finding } from './hygieneView.ts';
import type { Hygiene } from './queries.ts';
import './hygiene.css';

type Found = { readonly id: string } & Hygiene['data'][number];
const nameOf = ({ key }: Found) => key.name;

/** What helps against a finding, what helps most first. */
const REMEDIES: Readonly<Record<Finding | 'any', readonly Deed[]>> = {
  any: ['disable', 'expire'],
  idle: ['disable', 'expire'],
  old: ['expire', 'disable'],
  withoutExpiry: ['expire'],
  withoutLimit: ['template', 'expire', 'disable'],
  wideOpen: ['expire', 'disable'],
  orphaned: ['disable', 'expire'],
  againstRules: ['disable', 'expire'],
};

/** The keys that have a finding, and what to do about them, one by one or together. */
export function FoundKeys(props: {
  base: string;
  report: UseInfiniteQueryResult<InfiniteData<Hygiene>>;
  finding: Finding | undefined;
  may: May;
  onAll: () => void;
}) {
  const { base, report, finding, may, onAll } = props;
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const mayMend = may('keys.change');
  const pages = report.data?.pages;
  const rows = useMemo(
    () => (pages ?? []).flatMap(({ data }) => data.map((one): Found => ({ id: one.key.id, ...one }))),
    [pages],
  );
  const columns = useMemo(
    (): readonly Column<Found>[] => [
      { key: 'name', title: t('keys.name'), render: ({ key }) => <KeyName keyOf={key} /> },
      {
        key: 'why',
        title: t('hygiene.findings'),
        from: 576,
        render: ({ findings }) => (
          <Flex gap={4} wrap>
            {findings.map((one) => (
              <Tag key={one}>{t(`hygiene.short.${one}`)}</Tag>
            ))}
          </Flex>
        ),
      },
      { key: 'created', title: t('keys.made'), from: 992, render: ({ key }) => <Made keyOf={key} /> },
      {
        key: 'lastUsed',
        title: t('keys.lastUsed'),
        from: 768,
        kind: 'short',
        render: ({ key }) => <Moment at={key.lastUsedAt} none={t('keys.never')} />,
      },
      {
        key: 'expires',
        title: t('keys.expires'),
        from: 1200,
        kind: 'short',
        render: ({ key }) => <Moment at={key.expiresAt} none={t('keys.noExpiry')} />,
      },
      {
        key: 'mend',
        title: t('hygiene.mend'),
        from: 576,
        kind: 'short',
        render: ({ key, findings }) => {
          const { word, search } = mayMend ? mendOf(findings) : LOOK;
          return (
            <Link
              to="/keys/$keyId"
              params={{ keyId: key.id }}
              search={search}
              aria-label={`${t(word)}: ${key.name}`}
              onClick={(event) => event.stopPropagation()}
            >
              {t(word)}
            </Link>
          );
        },
      },
    ],
    [t, mayMend],
  );
  const open = useCallback(
    ({ key }: Found) => void navigate({ to: '/keys/$keyId', params: { keyId: key.id } }),
    [navigate],
  );
  const chosen = rows.filter(({ id }) => ticked.has(id)).map(({ key }) => key);
  return (
    <section aria-label={t('hygiene.list')}>
      <Flex justify="space-between" align="center" gap={8} wrap style={{ minHeight: 32, marginBottom: 8 }}>
        <h2 className="section-title">{t(finding ? `hygiene.short.${finding}` : 'hygiene.any')}</h2>
        {finding && (
          <Button type="link" onClick={onAll}>
            {t('hygiene.showAll')}
          </Button>
        )}
      </Flex>
      <Table
        label={t('hygiene.list')}
        rows={rows}
        columns={columns}
        loading={report.isPending}
        isOld={report.isPlaceholderData}
        onOpen={open}
        selection={mayMend ? { chosen: ticked, onChange: setTicked, nameOf } : undefined}
        empty={
          <Empty
            image={<CheckCircleOutlined style={{ fontSize: 40 }} />}
            styles={{ image: { height: 48 } }}
            description={t(report.data?.pages[0]?.keys === 0 ? 'hygiene.noKeys' : 'hygiene.none')}
          />
        }
      />
      {report.hasNextPage && (
        <Flex justify="center" style={{ marginTop: 16 }}>
          <Button loading={report.isFetchingNextPage} onClick={() => void report.fetchNextPage()}>
            {t('list.more')}
          </Button>
        </Flex>
      )}
      {ticked.size > 0 && (
        <BulkBar
          base={base}
          keys={chosen}
          deeds={REMEDIES[finding ?? 'any']}
          mayDelete={may('keys.delete')}
          onClear={() => setTicked(new Set())}
        />
      )}
    </section>
  );
}

const LOOK = { word: 'hygiene.look', search: {} } as const;

/** What to do about one key at its page, and where on it: what helps most first. */
function mendOf(findings: readonly Finding[]) {
  if (findings.includes('old')) return { word: 'hygiene.rotate', search: { tab: 'secrets' } } as const;
  if (findings.includes('withoutLimit')) return { word: 'hygiene.limit', search: { tab: 'limits' } } as const;
  if (findings.includes('wideOpen')) return { word: 'hygiene.edit', search: { edit: true } } as const;
  if (findings.includes('withoutExpiry')) return { word: 'hygiene.expire', search: { edit: true } } as const;
  return LOOK;
}
