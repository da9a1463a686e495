import { Spin } from 'antd';
import type { ReactNode } from 'react';

/** A column; `from`: the narrowest window that it is shown in, in pixels. */
export interface Column<T> {
  readonly key: string;
  readonly title: string;
  readonly from?: 576 | 768 | 992 | 1200;
  readonly render: (row: T) => ReactNode;
}

/** Rows of one kind, as the page got them. Where clicking a row opens it, a link in it does so by keyboard. */
export function Table<T extends { readonly id: string }>(props: {
  label: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  loading: boolean;
  onOpen?: ((row: T) => void) | undefined;
  empty: ReactNode;
}) {
  const { label, columns, rows, loading, onOpen, empty } = props;
  return (
    <div className="table">
      <table aria-label={label} aria-busy={loading}>
        <thead>
          <tr>
            {columns.map(({ key, title, from }) => (
              <th key={key} scope="col" className={classOf(from)}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id} {...(onOpen && { onClick: () => onOpen(row), className: 'opens' })}>
              {columns.map(({ key, from, render }) => (
                <td key={key} className={classOf(from)}>
                  {render(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length === 0 && <div className="table-empty">{loading ? <Spin /> : empty}</div>}
    </div>
  );
}

function classOf(from: number | undefined): string | undefined {
  return from === undefined ? undefined : `from-${from}`;
}
