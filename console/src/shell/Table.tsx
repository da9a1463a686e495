import { Spin } from 'antd';
import { memo, type Dispatch, type ReactNode, type SetStateAction } from 'react';
import { useTranslation } from 'react-i18next';
import './table.css';

/**
 * A column; `from`: the narrowest window that it is shown in, in pixels. In the hand a row is a card: its first column is the
 * head, and those up to 576 pixels or `inCards` are lines below it, each named by its title. `kind`: numbers stand digit below
 * digit, at the end of their column; what is short is never broken.
 */
export interface Column<T> {
  readonly key: string;
  readonly title: string;
  readonly from?: 576 | 768 | 992 | 1200;
  readonly inCards?: true;
  readonly kind?: 'number' | 'short';
  readonly render: (row: T) => ReactNode;
}

/** Which rows are chosen, by their ids, to do something to all of them. */
export interface Selection<T> {
  readonly chosen: ReadonlySet<string>;
  readonly onChange: Dispatch<SetStateAction<ReadonlySet<string>>>;
  readonly nameOf: (row: T) => string;
}

/**
 * Rows of one kind, as the page got them. Where clicking a row opens it, a link in it does so by keyboard. `isCompared`: what
 * stands in a column is there to be compared, and stays in columns in the hand too.
 */
export function Table<T extends { readonly id: string }>(props: {
  label: string;
  isCompared?: boolean;
  columns: readonly Column<T>[];
  rows: readonly T[];
  loading: boolean;
  /** What is shown was asked for before, and what is asked for now has not come. */
  isOld?: boolean;
  onOpen?: ((row: T) => void) | undefined;
  selection?: Selection<T> | undefined;
  empty: ReactNode;
}) {
  const { label, isCompared = false, columns, rows, loading, isOld = false, onOpen, selection, empty } = props;
  return (
    <div className={isCompared ? 'table' : 'table cards-below-576'}>
      <table aria-label={label} aria-busy={loading || isOld}>
        <thead>
          <tr>
            {selection && rows.length > 0 && (
              <th scope="col" className="tick">
                <TickAll rows={rows} selection={selection} />
              </th>
            )}
            {columns.map((column) => (
              <th key={column.key} scope="col" className={classOf(column, isCompared)}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row
              key={row.id}
              row={row}
              columns={columns}
              isCompared={isCompared}
              onOpen={onOpen}
              onTick={selection?.onChange}
              nameOf={selection?.nameOf}
              isTicked={selection?.chosen.has(row.id) ?? false}
            />
          ))}
        </tbody>
      </table>
      {rows.length === 0 && <div className="table-empty">{loading ? <Spin /> : empty}</div>}
    </div>
  );
}

interface RowProps<T> {
  row: T;
  columns: readonly Column<T>[];
  isCompared: boolean;
  onOpen: ((row: T) => void) | undefined;
  onTick: Selection<T>['onChange'] | undefined;
  nameOf: Selection<T>['nameOf'] | undefined;
  isTicked: boolean;
}

/** Drawn anew only when it is another: lists are long, and most changes are of one row. */
const Row = memo(function Row<T extends { readonly id: string }>(props: RowProps<T>) {
  const { row, columns, isCompared, onOpen, onTick, nameOf, isTicked } = props;
  const { t } = useTranslation();
  return (
    <tr
      {...(onTick && { 'aria-selected': isTicked })}
      {...(onOpen && { onClick: () => onOpen(row), className: 'opens' })}
    >
      {onTick && nameOf && (
        // The row opens what it is about; this does not.
        <td className="tick" onClick={(event) => event.stopPropagation()}>
          <label>
            <input
              type="checkbox"
              aria-label={t('list.choose', { name: nameOf(row) })}
              checked={isTicked}
              onChange={({ target: { checked } }) =>
                onTick((chosen) => new Set([...chosen].filter((id) => id !== row.id).concat(checked ? row.id : [])))
              }
            />
          </label>
        </td>
      )}
      {columns.map((column, at) => (
        <td key={column.key} className={classOf(column, isCompared)} {...(at > 0 && { 'data-title': column.title })}>
          {column.render(row)}
        </td>
      ))}
    </tr>
  );
}) as <T extends { readonly id: string }>(props: RowProps<T>) => ReactNode;

function TickAll<T extends { readonly id: string }>(props: { rows: readonly T[]; selection: Selection<T> }) {
  const { rows, selection } = props;
  const { t } = useTranslation();
  const many = rows.filter(({ id }) => selection.chosen.has(id)).length;
  return (
    <label>
      <input
        type="checkbox"
        aria-label={t('list.chooseAll')}
        checked={many === rows.length}
        ref={(input) => {
          if (input) input.indeterminate = many > 0 && many < rows.length;
        }}
        onChange={({ target }) => selection.onChange(new Set(target.checked ? rows.map(({ id }) => id) : []))}
      />
      <span aria-hidden className="below-576">
        {t('list.chooseAll')}
      </span>
    </label>
  );
}

/** A card has room for what a narrow table has not. */
function classOf({ from, inCards, kind }: Column<never>, isCompared: boolean): string | undefined {
  const isAlways = from === undefined || (from === 576 && !isCompared);
  const names = [isAlways ? undefined : `from-${from}`, inCards && 'in-cards', kind];
  return names.filter((one) => one !== undefined).join(' ') || undefined;
}
