import { PlusOutlined } from '@ant-design/icons';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { Button, Card, Empty, Flex, Spin } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { useMayInAccount } from '../shell/here.ts';
import { PageError } from '../shell/PageError.tsx';
import { PageHead } from '../shell/PageHead.tsx';
import { PartError } from '../shell/PartError.tsx';
import { useAct } from '../shell/useAct.tsx';
import { useConfirm } from '../shell/useConfirm.ts';
import { LimitCare } from './LimitCare.tsx';
import { templatesQuery, type Template } from './queries.ts';
import { TemplateForm } from './TemplateForm.tsx';

/** Named sets of limits that keys refer to: a change here reaches all of them. */
export function TemplatesPage() {
  const { t } = useTranslation();
  const { accountId } = useParams({ from: '/signedIn/accounts/$accountId/limit-templates' });
  const mayManage = useMayInAccount(accountId)('limitTemplates.manage');
  const list = useInfiniteQuery(templatesQuery(accountId));
  const [open, setOpen] = useState<Template | 'new' | null>(null);
  const templates = list.data?.pages.flatMap(({ data }) => data) ?? [];
  return (
    <>
      <PageHead title={t('templates.title')}>
        {mayManage && (
          <Button type="primary" icon={<PlusOutlined />} onClick={() => setOpen('new')}>
            {t('templates.create')}
          </Button>
        )}
      </PageHead>
      <p className="soft">{t('templates.why')}</p>
      {list.isPending && <Spin />}
      {list.data ? (
        <PartError of={list} />
      ) : (
        list.error && <PageError error={list.error} reset={() => void list.refetch()} />
      )}
      {list.isSuccess && templates.length === 0 && (
        <Card>
          <Empty description={mayManage ? t('templates.none') : t('templates.noneYours')} />
        </Card>
      )}
      <Flex vertical gap={16}>
        {templates.map((template) => (
          <TemplateCard
            key={template.id}
            template={template}
            mayManage={mayManage}
            onRename={() => setOpen(template)}
          />
        ))}
      </Flex>
      {list.hasNextPage && (
        <Flex justify="center" style={{ marginTop: 16 }}>
          <Button loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {t('list.more')}
          </Button>
        </Flex>
      )}
      {open && (
        <TemplateForm accountId={accountId} {...(open !== 'new' && { template: open })} onClose={() => setOpen(null)} />
      )}
    </>
  );
}

function TemplateCard(props: { template: Template; mayManage: boolean; onRename: () => void }) {
  const { template, mayManage, onRename } = props;
  const { id, accountId, name, keys, limits } = template;
  const { t } = useTranslation();
  const act = useAct();
  const confirm = useConfirm();
  const maySeeKeys = useMayInAccount(accountId)('accountKeys.read');
  const refresh = [['templates', accountId]];
  const remove = () =>
    confirm({
      title: t('templates.deleteTitle', { name }),
      content: t('templates.deleteWhy'),
      okText: t('templates.delete'),
      onOk: () =>
        act(() => call('DELETE', `/limit-templates/${id}`), { done: t('templates.deleted', { name }), refresh }),
    });
  return (
    <LimitCare
      title={name}
      place={`/limit-templates/${id}`}
      limits={limits}
      why={t('templates.each')}
      none={t('templates.noLimits')}
      mayChange={mayManage}
      refresh={refresh}
      actions={
        <>
          <Button size="small" aria-label={t('templates.renameOf', { name })} onClick={onRename}>
            {t('templates.rename')}
          </Button>
          {keys === 0 && (
            <Button size="small" danger aria-label={t('templates.deleteOf', { name })} onClick={remove}>
              {t('templates.delete')}
            </Button>
          )}
        </>
      }
    >
      <p className="soft" style={{ marginTop: 0 }}>
        {keys === 0 ? (
          t('templates.unused')
        ) : maySeeKeys ? (
          <Link
            to="/accounts/$accountId/keys"
            params={{ accountId }}
            search={{ all: true, limitTemplateId: id }}
            className="under"
          >
            {t('templates.keys', { count: keys })}
          </Link>
        ) : (
          t('templates.keys', { count: keys })
        )}
        {limits.length === 0 && <> {t('templates.noLimits')}</>}
      </p>
    </LimitCare>
  );
}
