import { Card, Typography } from 'antd';
import type { ReactNode } from 'react';
import { AppearanceSwitch } from '../shell/AppearanceSwitch.tsx';
import { Brand } from '../shell/Brand.tsx';
import './entry.css';

/** What stands around the pages of people who are not in yet. */
export function EntryFrame({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main className="entry">
      <title>{`${title} · Keyward`}</title>
      <div>
        <div className="entry-head">
          <Brand />
          <AppearanceSwitch />
        </div>
        <Card>
          <Typography.Title level={1} className="any" style={{ fontSize: 22, marginTop: 0 }}>
            {title}
          </Typography.Title>
          {children}
        </Card>
      </div>
    </main>
  );
}
