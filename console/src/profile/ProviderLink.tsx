import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { goToProvider, providerQuery } from '../session/provider.ts';
import { useAct } from '../shell/useAct.tsx';
import { useConfirm } from '../shell/useConfirm.ts';
import { State } from '../shell/State.tsx';
import { Section } from './Section.tsx';

/** The tie to somebody’s identity at the provider. Tied from here, they keep what they sign in with. */
export function ProviderLink({ name, linked }: { name: string; linked: boolean }) {
  const { t } = useTranslation();
  const act = useAct();
  const confirm = useConfirm();
  const unlink = () =>
    confirm({
      title: t('tie.endTitle', { name }),
      content: t('tie.endWhy', { name }),
      okText: t('tie.end'),
      onOk: () =>
        act(() => call('DELETE', '/auth/oidc/link'), {
          done: t('tie.ended', { name }),
          refresh: [providerQuery.queryKey, ['proofs']],
        }),
    });
  return (
    <Section
      title={t('tie.title', { name })}
      actions={<State kind={linked ? 'good' : 'off'}>{linked ? t('tie.on') : t('tie.off')}</State>}
    >
      <p className="soft" style={{ marginTop: 0 }}>
        {linked ? t('tie.onWhy', { name }) : t('tie.offWhy', { name })}
      </p>
      {linked ? (
        <Button danger onClick={unlink}>
          {t('tie.end')}
        </Button>
      ) : (
        <Button onClick={() => void act(() => goToProvider('link', '/profile'), { done: t('tie.leaving', { name }) })}>
          {t('tie.begin', { name })}
        </Button>
      )}
    </Section>
  );
}
