import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { Flex } from 'antd';
import { useTranslation } from 'react-i18next';
import { Choice } from '../shell/Choice.tsx';
import { useMayInAccount, useMayInProject, type May } from '../shell/here.ts';
import { PageError } from '../shell/PageError.tsx';
import { PageHead } from '../shell/PageHead.tsx';
import { PartError } from '../shell/PartError.tsx';
import { FindingBars } from './FindingBars.tsx';
import { FoundKeys } from './FoundKeys.tsx';
import type { HygieneView } from './hygieneView.ts';
import { hygieneQuery } from './queries.ts';

const IDLE_DAYS = [30, 60, 90, 180, 365];
const OLD_DAYS = [30, 90, 180, 365, 730];
const USUAL = { unusedForDays: 90, olderThanDays: 365 };

/** Which keys of a project should be looked at, why, and what to do about them. */
export function HygienePage() {
  const { projectId } = useParams({ from: '/signedIn/projects/$projectId/hygiene' });
  const view = useSearch({ from: '/signedIn/projects/$projectId/hygiene' });
  const may = useMayInProject(projectId);
  return <Findings key={projectId} base={`/projects/${projectId}`} view={view} may={may} />;
}

/** The same over all projects of an account. */
export function AccountHygienePage() {
  const { accountId } = useParams({ from: '/signedIn/accounts/$accountId/hygiene' });
  const view = useSearch({ from: '/signedIn/accounts/$accountId/hygiene' });
  const mayHere = useMayInAccount(accountId);
  const may: May = (permission) =>
    mayHere(permission === 'keys.change' || permission === 'keys.delete' ? 'accountKeys.manage' : permission);
  return <Findings key={accountId} base={`/accounts/${accountId}`} view={view} may={may} isAccount />;
}

function Findings(props: { base: string; view: HygieneView; may: May; isAccount?: boolean }) {
  const { base, view, may, isAccount = false } = props;
  const { t } = useTranslation();
  const navigate = useNavigate();
  const report = useInfiniteQuery(hygieneQuery(base, view));
  const first = report.data?.pages[0];
  const show = (change: HygieneView) => void navigate({ to: '.', search: { ...view, ...change }, replace: true });
  const days = (label: 'keys.unusedFor' | 'keys.olderThan', counts: readonly number[]) =>
    counts.map((count) => ({ value: count, label: t(label, { count }) }));
  return (
    <>
      <PageHead title={t(isAccount ? 'hygiene.titleOfAccount' : 'hygiene.title')}>
        <Choice
          label={t('hygiene.idleAfter', { days: USUAL.unusedForDays })}
          value={view.unusedForDays}
          options={days('keys.unusedFor', IDLE_DAYS)}
          onChange={(next) => show({ unusedForDays: next === undefined ? undefined : Number(next) })}
        />
        <Choice
          label={t('hygiene.oldAfter', { days: USUAL.olderThanDays })}
          value={view.olderThanDays}
          options={days('keys.olderThan', OLD_DAYS)}
          onChange={(next) => show({ olderThanDays: next === undefined ? undefined : Number(next) })}
        />
      </PageHead>
      {first ? (
        <PartError of={report} />
      ) : (
        report.error && <PageError error={report.error} reset={() => void report.refetch()} />
      )}
      <Flex vertical gap={20}>
        {first && (
          <FindingBars
            report={first}
            days={{ ...USUAL, ...view }}
            chosen={view.finding}
            onChoose={(finding) => show({ finding })}
          />
        )}
        {(report.error === null || first) && (
          <FoundKeys
            base={base}
            report={report}
            finding={view.finding}
            may={may}
            onAll={() => show({ finding: undefined })}
          />
        )}
      </Flex>
    </>
  );
}
