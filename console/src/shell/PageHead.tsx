import { QuestionCircleOutlined } from '@ant-design/icons';
import { Link, useMatches } from '@tanstack/react-router';
import { Flex } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { TOLD_IN } from './toldIn.ts';

/** What a page is called, what belongs to its name, and what can be done with all of it, at the right. */
export function PageHead({ title, beside, children }: { title: string; beside?: ReactNode; children?: ReactNode }) {
  return (
    <>
      <title>{`${title} · Keyward`}</title>
      <Flex justify="space-between" align="center" wrap gap={12} style={{ marginBottom: 16 }}>
        <Flex gap={12} align="center" wrap>
          <h1 className="page-title any">{title}</h1>
          <GuideLink />
          {beside}
        </Flex>
        <Flex gap={8} align="center" wrap>
          {children}
        </Flex>
      </Flex>
    </>
  );
}

/** The way to what the guide says of the page. */
function GuideLink() {
  const { t } = useTranslation();
  const page = useMatches({ select: (matches) => matches.at(-1)?.fullPath });
  const [guide, hash] = TOLD_IN[page ?? '']?.split('#') ?? [];
  if (guide === undefined) return null;
  return (
    <Link
      to="/help/$guide"
      params={{ guide }}
      {...(hash !== undefined && { hash })}
      className="sign soft"
      aria-label={t('shell.guide')}
      title={t('shell.guide')}
    >
      <QuestionCircleOutlined />
    </Link>
  );
}
