import { Flex, Input, Segmented } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { StepProps } from './steps.ts';
import type { LeakPlace } from './types.ts';
import { useWork } from './useWork.ts';

const PLACES: readonly LeakPlace[] = ['logs', 'frontEnd', 'repository', 'screenshot'];

/** Fourth: where it got out, or the next key goes the same way. Each answer is kept at once. */
export function SourceStep({ leak, mayWork }: StepProps) {
  const { t } = useTranslation();
  return (
    <>
      <p style={{ marginTop: 0 }}>{t('leak.sourceWhy')}</p>
      <ul className="plain">
        {PLACES.map((place) => (
          <li key={place}>
            <Source key={leak.places[place].note} place={place} leak={leak} mayWork={mayWork} />
          </li>
        ))}
      </ul>
    </>
  );
}

function Source({ place, leak, mayWork }: StepProps & { place: LeakPlace }) {
  const { t } = useTranslation();
  const work = useWork(leak);
  const noted = leak.places[place];
  const [note, setNote] = useState(noted.note);
  const save = (state: typeof noted.state) => work({ places: { [place]: { state, note } } }, t('leak.noted'));
  return (
    <Flex gap={12} wrap align="center">
      <div style={{ flex: '1 1 240px' }}>
        <strong>{t(`leak.place.${place}`)}</strong>
        <div className="soft">{t(`leak.look.${place}`)}</div>
      </div>
      <Segmented
        aria-label={t(`leak.place.${place}`)}
        disabled={!mayWork}
        value={noted.state}
        onChange={(state) => void save(state)}
        options={(['open', 'clear', 'found'] as const).map((value) => ({
          value,
          label: t(`leak.placeState.${value}`),
        }))}
      />
      <Input
        aria-label={t('leak.noteOn', { place: t(`leak.place.${place}`) })}
        placeholder={t('leak.notePlace')}
        disabled={!mayWork}
        style={{ flex: '1 1 200px' }}
        maxLength={500}
        value={note}
        onChange={({ target }) => setNote(target.value)}
        onBlur={() => {
          if (note !== noted.note) void save(noted.state);
        }}
        onPressEnter={({ currentTarget }) => currentTarget.blur()}
      />
    </Flex>
  );
}
