import { Button, Drawer, Flex, Grid, Typography } from 'antd';
import { useTranslation } from 'react-i18next';
import { Exactly } from '../shell/Exactly.tsx';
import { Facts } from '../shell/Facts.tsx';
import type { AuditView } from './auditView.ts';
import { Difference } from './Difference.tsx';
import { Outcome } from './Outcome.tsx';
import type { AuditEvent } from './types.ts';
import { useObject } from './useObject.ts';
import { useSaying } from './useSaying.ts';

/** One event: who, from where, what it was before and is now. */
export function AuditDetails(props: {
  event: AuditEvent;
  onClose: () => void;
  show: ((change: Partial<AuditView>) => void) | undefined;
}) {
  const { event, onClose, show } = props;
  const { t } = useTranslation();
  const screens = Grid.useBreakpoint();
  const { operation } = useSaying();
  const { name, kind } = useObject()(event);
  const { actor, object } = event;
  return (
    <Drawer open title={operation(event.operation)} onClose={onClose} size={screens.sm ? 620 : '100%'}>
      <Facts
        facts={[
          [t('audit.at'), <Exactly key="at" at={event.at} />],
          [t('audit.who'), `${actor.name ?? actor.id} · ${t(`audit.actor.${actor.type}`)}`],
          [t('audit.address'), event.address ?? '–'],
          [t('audit.object'), `${name} · ${kind}`],
          [t('audit.ended'), <Outcome key="ended" event={event} />],
          [t('audit.operation'), <code key="operation">{event.operation}</code>],
          [t('audit.seq'), String(event.accountSeq)],
          [
            'ID',
            <Typography.Text key="id" copyable className="mono any">
              {event.id}
            </Typography.Text>,
          ],
        ]}
      />
      <h2 style={{ fontSize: 16 }}>{t('audit.difference')}</h2>
      <Difference event={event} />
      {show && (
        <Flex gap={8} wrap style={{ marginTop: 16 }}>
          <Button onClick={() => show({ actorId: actor.id })}>{t('audit.byActor')}</Button>
          {object.id !== null && (
            <Button onClick={() => show({ objectType: object.type, objectId: object.id ?? undefined })}>
              {t('audit.onObject')}
            </Button>
          )}
        </Flex>
      )}
    </Drawer>
  );
}
