import { App } from 'antd';
import type { ReactNode } from 'react';

/** Asks before something that hurts. The way out has the focus. */
export function useConfirm(): (question: {
  title: string;
  content: ReactNode;
  okText: string;
  onOk: () => void | Promise<void>;
}) => void {
  const { modal } = App.useApp();
  return (question) =>
    void modal.confirm({ ...question, okButtonProps: { danger: true }, focusable: { autoFocusButton: 'cancel' } });
}
