import { useQuery } from '@tanstack/react-query';
import { Spin } from 'antd';
import { useTranslation } from 'react-i18next';
import { sessionQuery } from '../api/queries.ts';
import { proofsQuery } from '../session/proofs.ts';
import { providerQuery } from '../session/provider.ts';
import { PageError } from '../shell/PageError.tsx';
import { PageHead } from '../shell/PageHead.tsx';
import { Passkeys } from './Passkeys.tsx';
import { Password } from './Password.tsx';
import { ProviderLink } from './ProviderLink.tsx';
import { SecondFactor } from './SecondFactor.tsx';
import { Sessions } from './Sessions.tsx';
import { WhoYouAre } from './WhoYouAre.tsx';

/** What people look after of their own: who they are, by what they prove it, and where they are signed in. */
export function ProfilePage() {
  const { t } = useTranslation();
  const session = useQuery(sessionQuery);
  const proofs = useQuery(proofsQuery);
  const provider = useQuery(providerQuery);
  const error = session.error ?? proofs.error;
  const user = session.data?.user;
  const hasPassword = proofs.data?.proofs.includes('password');
  return (
    <>
      <PageHead title={t('profile.title')} />
      {error && (!user || !proofs.data) ? (
        <PageError error={error} reset={() => void (session.error ? session : proofs).refetch()} />
      ) : !user || hasPassword === undefined ? (
        <Spin />
      ) : (
        <div style={{ display: 'grid', gap: 16, maxWidth: 760 }}>
          <WhoYouAre key={`${user.name} ${user.email}`} user={user} />
          <Password user={user} hasPassword={hasPassword} />
          <SecondFactor isOn={user.twoFactor} hasPassword={hasPassword} />
          <Passkeys />
          {typeof provider.data?.name === 'string' && (
            <ProviderLink name={provider.data.name} linked={provider.data.linked} />
          )}
          <Sessions />
        </div>
      )}
    </>
  );
}
