import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import { Button, Flex } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Page } from '../api/types.ts';
import { PageError } from './PageError.tsx';
import { PartError } from './PartError.tsx';
import { Table, type Column, type Selection } from './Table.tsx';

/** A list that comes page by page, with what stands in its place while it loads, is empty, or cannot be had. */
export function List<T extends { readonly id: string }>(props: {
  label: string;
  list: UseInfiniteQueryResult<InfiniteData<Page<T>>>;
  columns: readonly Column<T>[];
  empty: ReactNode;
  onOpen?: (row: T) => void;
  selection?: Selection<T> | undefined;
}) {
  const { label, list, columns, empty, onOpen, selection } = props;
  const { t } = useTranslation();
  if (list.error && !list.data) return <PageError error={list.error} reset={() => void list.refetch()} />;
  return (
    <>
      <PartError of={list} />
      <Table
        label={label}
        columns={columns}
        rows={list.data?.pages.flatMap(({ data }) => data) ?? []}
        loading={list.isPending}
        isOld={list.isPlaceholderData}
        onOpen={onOpen}
        selection={selection}
        empty={empty}
      />
      {list.hasNextPage && (
        <Flex justify="center" style={{ marginTop: 16 }}>
          <Button loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {t('list.more')}
          </Button>
        </Flex>
      )}
    </>
  );
}
