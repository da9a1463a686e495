import { Link } from '@tanstack/react-router';
import { Button, Drawer, Flex, Grid, Typography } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Exactly } from '../shell/Exactly.tsx';
import { Facts } from '../shell/Facts.tsx';
import type { RequestsView } from './requestsView.ts';
import { Status } from './Status.tsx';
import type { Request } from './types.ts';
import { useNumbers } from './useNumbers.ts';

/** All that the ledger has of one request. */
export function RequestDetails(props: {
  request: Request;
  keyName: string;
  onClose: () => void;
  show: (change: Partial<RequestsView>) => void;
}) {
  const { request, keyName, onClose, show } = props;
  const { t } = useTranslation();
  const screens = Grid.useBreakpoint();
  const { number, latency } = useNumbers();
  const money = (cost: string | null) => (cost === null ? t('requests.noPrice') : number.format(Number(cost)));
  const { address, adjustment } = request;
  const facts: (readonly [string, ReactNode])[] = [
    [t('requests.time'), <Exactly key="at" at={request.startedAt} />],
    [
      t('requests.key'),
      <Link key="key" to="/keys/$keyId" params={{ keyId: request.keyId }} className="any">
        {keyName}
      </Link>,
    ],
    [t('requests.model'), request.resource?.name ?? '–'],
    [t('requests.route'), <code key="route">{request.route}</code>],
    [t('requests.status'), <Status key="status" request={request} />],
    [t('requests.ended'), t(`outcome.${request.outcome}`)],
    [t('requests.address'), address ?? '–'],
    [t('requests.input'), number.format(request.inputTokens)],
    [t('requests.cached'), `${number.format(request.cachedTokens)} / ${number.format(request.cacheWriteTokens)}`],
    [t('requests.output'), number.format(request.outputTokens)],
    [t('requests.reasoning'), number.format(request.reasoningTokens)],
    [t('requests.source'), t(`usageSource.${request.usageSource}`)],
    [t('unit.cost'), money(request.cost)],
    [t('requests.charged'), `${number.format(request.chargedTokens)} · ${money(request.chargedCost)}`],
    ...(adjustment ? [[t('requests.adjusted'), adjustment.note] as const] : []),
    [t('requests.firstByte'), request.firstByteMs === null ? '–' : latency(request.firstByteMs)],
    [t('requests.latency'), latency(request.durationMs)],
    [
      'ID',
      <Typography.Text key="id" copyable className="mono any">
        {request.id}
      </Typography.Text>,
    ],
  ];
  return (
    <Drawer open title={t('requests.one')} onClose={onClose} size={screens.sm ? 520 : '100%'}>
      <Facts facts={facts} />
      <Flex gap={8} wrap style={{ marginTop: 16 }}>
        {address !== null && <Button onClick={() => show({ address })}>{t('requests.sameAddress')}</Button>}
        <Button onClick={() => show({ status: request.status })}>{t('requests.sameStatus')}</Button>
      </Flex>
    </Drawer>
  );
}
