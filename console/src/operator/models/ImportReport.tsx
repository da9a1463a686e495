import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import type { importReportOut } from '../../../../src/http/manage/schema/models.ts';
import { Table, type Column } from '../../shell/Table.tsx';
import { State } from '../../shell/State.tsx';

export type Report = z.output<typeof importReportOut>;

interface Row {
  readonly id: string;
  readonly kind: 'created' | 'updated' | 'skipped';
  readonly note: string;
}
const SIGNS = { created: 'good', updated: 'warn', skipped: 'off' } as const;
/** More would be no help to a reader, and work for the browser. */
const MOST_ROWS = 200;

/** What would become of each entry. */
export function ImportReport({ report }: { report: Report }) {
  const { t } = useTranslation();
  const { created, updated, skipped, simplified } = report;
  const rates = new Map(simplified.map((one) => [one.name, one.rates.join(t('list.comma'))]));
  const note = (name: string) => (rates.has(name) ? t('models.simplified', { rates: rates.get(name) }) : '');
  const rows: Row[] = [
    ...created.map((id) => ({ id, kind: 'created' as const, note: note(id) })),
    ...updated.map((id) => ({ id, kind: 'updated' as const, note: note(id) })),
    ...skipped.map(({ name, reason }) => ({ id: name, kind: 'skipped' as const, note: reason })),
  ];
  const columns: readonly Column<Row>[] = [
    { key: 'name', title: t('models.name'), render: ({ id }) => <code className="any">{id}</code> },
    {
      key: 'kind',
      title: t('models.becomes'),
      render: ({ kind, note: more }) => (
        <>
          <State kind={SIGNS[kind]}>{t(`models.kind.${kind}`)}</State>
          {more !== '' && <div className="soft any">{more}</div>}
        </>
      ),
    },
  ];
  return (
    <div style={{ marginTop: 24 }} role="status">
      <p>
        {t('models.report', { created: created.length, updated: updated.length, skipped: skipped.length })}
        {rows.length > MOST_ROWS && <> {t('models.reportCut', { count: MOST_ROWS })}</>}
      </p>
      <Table
        label={t('models.becomes')}
        columns={columns}
        rows={rows.slice(0, MOST_ROWS)}
        loading={false}
        empty={t('models.nothing')}
      />
    </div>
  );
}
