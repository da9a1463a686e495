import { useBlocker } from '@tanstack/react-router';
import { App, Button, Drawer, Flex, Form, Grid, type FormInstance } from 'antd';
import { useId, useRef, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Aliases } from './aliases.ts';
import { FormBody } from './FormBody.tsx';
import { useSending } from './useSending.ts';

/** A form at the side of the page it belongs to. It closes when the server has taken it, or when its work is given up. */
export function FormDrawer<V extends object, R>(props: {
  title: string;
  /** What the button says that sends it. */
  confirm: string;
  form: FormInstance<V>;
  initialValues: Partial<V>;
  send: (values: V) => Promise<R>;
  onDone: (answer: R) => void;
  onRefused?: (error: Error) => void;
  ifLost?: string;
  onClose: () => void;
  aliases?: Aliases;
  children: ReactNode;
}) {
  const { title, confirm, form, initialValues, onClose, children } = props;
  const { t } = useTranslation();
  const { modal } = App.useApp();
  const inside = useRef<HTMLDivElement>(null);
  const screens = Grid.useBreakpoint();
  // Fields of the page may have the same names: a label is to lead to the field below it.
  const name = useId();
  const { faults, isSending, isAtServer, submit } = useSending<V, R>(props);
  // The answer may hold what is shown this once: nobody gets away before it came.
  useBlocker({ shouldBlockFn: isAtServer, enableBeforeUnload: isAtServer });

  /** Cancelling is meant; a stray key or click beside the form may not be. */
  function giveUp(): void {
    if (isSending) return;
    if (!form.isFieldsTouched()) return onClose();
    modal.confirm({
      title: t('form.giveUp'),
      okText: t('form.discard'),
      okButtonProps: { danger: true },
      cancelText: t('form.goOn'),
      focusable: { autoFocusButton: 'cancel' },
      onOk: onClose,
    });
  }

  return (
    <Drawer
      open
      title={title}
      onClose={giveUp}
      closable={{ disabled: isSending }}
      autoFocus={false}
      afterOpenChange={(isOpen) => isOpen && focusFirst(inside.current)}
      panelRef={inside}
      size={screens.sm ? 620 : '100%'}
      footer={
        <Flex justify="end" gap={8}>
          <Button disabled={isSending} onClick={onClose}>
            {t('form.cancel')}
          </Button>
          <Button type="primary" loading={isSending} onClick={() => form.submit()}>
            {confirm}
          </Button>
        </Flex>
      }
    >
      <Form<V>
        name={name}
        form={form}
        layout="vertical"
        initialValues={initialValues}
        onFinish={submit}
        scrollToFirstError={{ focus: true }}
      >
        <FormBody faults={faults}>{children}</FormBody>
      </Form>
    </Drawer>
  );
}

/** The drawer itself would put the focus on what closes it. */
function focusFirst(inside: HTMLElement | null): void {
  inside
    ?.querySelector<HTMLElement>('form :is(input, textarea, select):not([disabled], [type=hidden])')
    ?.focus({ preventScroll: true });
}
